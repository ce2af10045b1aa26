/** Bytes of a chunk, and ranges of them as text. */
export interface ByteText {
  readonly bytes: Uint8Array;
  /** The range as text, given that all its bytes are below 0x80. */
  ascii(start: number, end: number): string;
  /** The range as UTF-8; what is not UTF-8 becomes U+FFFD. */
  utf8(start: number, end: number): string;
}

// `Buffer` is looked up, not imported: where there is none (browsers), TextDecoder does the work.
const BufferClass: typeof Buffer | undefined = globalThis.Buffer;

/** Wraps bytes without copying them. */
export function byteText(bytes: Uint8Array): ByteText {
  if (BufferClass === undefined) return new DecoderText(bytes);
  const buffer = BufferClass.isBuffer(bytes)
    ? bytes
    : BufferClass.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isSlicing(buffer) ? new SlicedText(buffer) : new DecoderText(bytes);
}

class DecoderText implements ByteText {
  static readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  ascii(start: number, end: number): string {
    return this.utf8(start, end);
  }

  utf8(start: number, end: number): string {
    return DecoderText.#decoder.decode(this.bytes.subarray(start, end));
  }
}

/** What `toString` calls in Node.js; a million values a time are read without its detour. */
interface SlicingBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

function isSlicing(buffer: Buffer): buffer is SlicingBuffer {
  return "latin1Slice" in buffer && "utf8Slice" in buffer;
}

class SlicedText implements ByteText {
  readonly bytes: SlicingBuffer;

  constructor(bytes: SlicingBuffer) {
    this.bytes = bytes;
  }

  ascii(start: number, end: number): string {
    return this.bytes.latin1Slice(start, end);
  }

  utf8(start: number, end: number): string {
    return this.bytes.utf8Slice(start, end);
  }
}
