import { Deb822Error } from "./error.js";
import { run } from "./grammar.js";
import { limitsOf, type ReadOptions } from "./read-options.js";
import { moreInput, StanzaScanner } from "./scan.js";
import type { Stanza } from "./stanza.js";

/** A piece of control data: bytes of UTF-8, or text. */
export type Chunk = Uint8Array | string;

// stanzas are handed out per piece, so a piece bounds how many are held at once
const pieceLength = 64 * 1024;
const lf = 0x0a;
const cr = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Cuts chunks into stanzas and keeps what is unfinished at a chunk's end. */
export class StanzaSplitter {
  readonly #scanner: StanzaScanner;
  readonly #maxStanzas: number;
  readonly #encoder = new TextEncoder();
  #highSurrogate = "";
  #unfinished = new Uint8Array(0);
  #unfinishedLength = 0;
  /** The unfinished bytes end in a line that is empty so far. */
  #atEmptyLine = false;
  #retryAt = 0;
  #started = false;
  #stanzas = 0;

  constructor(options: ReadOptions) {
    this.#scanner = new StanzaScanner(options);
    this.#maxStanzas = limitsOf(options).stanzas;
  }

  /** The stanzas that end with this chunk, in batches; those before a fault come before its error. */
  *push(chunk: Chunk): Generator<Stanza[], void, undefined> {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) {
      throw new TypeError("a chunk must be a Uint8Array or a string");
    }
    for (let at = 0; at < chunk.length; at += pieceLength) {
      const piece =
        typeof chunk === "string"
          ? this.#encode(chunk.slice(at, at + pieceLength))
          : chunk.subarray(at, at + pieceLength);
      yield* this.#batch((stanzas) => this.#pushPiece(piece, stanzas));
    }
  }

  /** The stanzas that end with the source. */
  *finish(): Generator<Stanza[], void, undefined> {
    if (this.#highSurrogate !== "") this.#append(this.#encoder.encode(this.#highSurrogate));
    const last = this.#unfinished[this.#unfinishedLength - 1];
    if (this.#unfinishedLength > 0 && last !== lf) this.#append(Uint8Array.of(lf));
    const bytes = this.#unfinished.subarray(0, this.#unfinishedLength);
    yield* this.#batch((stanzas) => this.#scan(bytes, 0, stanzas, true));
  }

  *#batch(fill: (stanzas: Stanza[]) => void): Generator<Stanza[], void, undefined> {
    const stanzas: Stanza[] = [];
    try {
      fill(stanzas);
    } catch (error) {
      if (stanzas.length > 0) yield stanzas;
      throw error;
    }
    if (stanzas.length > 0) yield stanzas;
  }

  /** A surrogate pair may be cut by the end of a piece: its first half waits for the second. */
  #encode(text: string): Uint8Array {
    const whole = this.#highSurrogate + text;
    const last = whole.charCodeAt(whole.length - 1);
    const keep = last >= 0xd800 && last <= 0xdbff ? 1 : 0;
    this.#highSurrogate = whole.slice(whole.length - keep);
    return this.#encoder.encode(whole.slice(0, whole.length - keep));
  }

  #pushPiece(piece: Uint8Array, stanzas: Stanza[]): void {
    let from = 0;
    if (this.#unfinishedLength > 0) {
      const stanzaEnd = this.#findEmptyLine(piece);
      from = stanzaEnd < 0 ? piece.length : stanzaEnd;
      this.#append(piece.subarray(0, from));
      // the scanner starts again at the stanza's first byte, so it is asked anew only when there
      // is twice as much (a limit may be passed), or all of it
      if (stanzaEnd < 0 && this.#unfinishedLength < this.#retryAt) return;
      const bytes = this.#unfinished.subarray(0, this.#unfinishedLength);
      this.#unfinishedLength = 0;
      this.#scan(bytes, 0, stanzas);
    }
    if (from < piece.length) this.#scan(piece, from, stanzas);
  }

  #scan(bytes: Uint8Array, from: number, stanzas: Stanza[], final = false): void {
    const scanner = this.#scanner;
    const end = scanner.use(bytes, final);
    let i = from;
    if (!this.#started) {
      const marked = byteOrderMark.findIndex((byte, index) => bytes[index] !== byte);
      if (marked > 0 && marked === bytes.length && !final) {
        this.#keep(bytes);
        return;
      }
      this.#started = true;
      if (marked < 0) i = byteOrderMark.length;
    }
    for (;;) {
      i = scanner.skipSeparators(i);
      const reply = i < end ? run(scanner.stanza, bytes, i) : moreInput;
      if (!reply.status) {
        if (i < bytes.length) this.#keep(bytes.subarray(i));
        return;
      }
      i = reply.index;
      if (reply.value === undefined) continue;
      if (++this.#stanzas > this.#maxStanzas) {
        const message = `more than ${this.#maxStanzas} stanzas`;
        const facts = { line: reply.value.line };
        throw new Deb822Error("ERR_DEB822_TOO_MANY_STANZAS", message, facts);
      }
      stanzas.push(reply.value);
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#unfinishedLength = 0;
    this.#append(bytes);
    this.#retryAt = Math.max(2 * bytes.length, pieceLength);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === cr) end--;
    this.#atEmptyLine = end === 0 || bytes[end - 1] === lf;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#unfinishedLength + bytes.length;
    if (length > this.#unfinished.length || bytes.buffer === this.#unfinished.buffer) {
      const larger = new Uint8Array(Math.max(2 * length, 4096));
      larger.set(this.#unfinished.subarray(0, this.#unfinishedLength));
      this.#unfinished = larger;
    }
    this.#unfinished.set(bytes, this.#unfinishedLength);
    this.#unfinishedLength = length;
  }

  /** The index behind the first empty line that ends in `piece`, or -1. */
  #findEmptyLine(piece: Uint8Array): number {
    let i = 0;
    for (;;) {
      if (this.#atEmptyLine) {
        while (piece[i] === cr) i++;
        if (i === piece.length) return -1;
        if (piece[i] === lf) return i + 1;
      }
      i = piece.indexOf(lf, i) + 1;
      this.#atEmptyLine = i > 0;
      if (i === 0) return -1;
    }
  }
}
