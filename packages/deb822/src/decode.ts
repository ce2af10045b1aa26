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
  if (BufferClass === undefined) {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const decode = (start: number, end: number) => decoder.decode(bytes.subarray(start, end));
    return { bytes, ascii: decode, utf8: decode };
  }
  const buffer = BufferClass.isBuffer(bytes)
    ? bytes
    : BufferClass.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isSlicing(buffer)) {
    return {
      bytes: buffer,
      ascii: (start, end) => buffer.latin1Slice(start, end),
      utf8: (start, end) => buffer.utf8Slice(start, end),
    };
  }
  return {
    bytes: buffer,
    ascii: (start, end) => buffer.toString("latin1", start, end),
    utf8: (start, end) => buffer.toString("utf8", start, end),
  };
}

/** What `toString` calls in Node.js; a million values a time are read without its detour. */
interface SlicingBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

function isSlicing(buffer: Buffer): buffer is SlicingBuffer {
  return "latin1Slice" in buffer && "utf8Slice" in buffer;
}
