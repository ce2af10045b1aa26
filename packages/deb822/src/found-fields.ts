import { type ByteText, byteText } from "./decode.js";
import { cleanLine, fieldValue } from "./grammar.js";
import { NameTable, type SpelledName } from "./names.js";
import type { Projection } from "./projection.js";
import { FieldStanza, ProjectedStanza, type Stanza } from "./stanza.js";

const tab = 0x09;
const space = 0x20;

/** Replies of `open` where there is no slot to give. */
export const notWanted = -1;
export const givenBefore = -2;

const nonAscii = 0x80;
const interrupted = 0x100;
const notFound = -1;

/** What the scanner notes down while it goes through the lines of a stanza. */
export interface FoundFields {
  /** Forgets the stanza before. */
  begin(): void;
  /** The slot for the field whose name lies there, or why there is none. */
  open(source: ByteText, nameStart: number, nameEnd: number): number;
  /** Where the value of a slot begins and, so far, ends; `high` is the OR of its bytes. */
  note(slot: number, start: number, end: number, high: number): void;
  /** The value goes on up to `end`; `broken` when comments or CRs lie in between. */
  extend(slot: number, end: number, high: number, broken: boolean): void;
  /** The stanza of what was noted. */
  stanza(source: ByteText, line: number, start: number, end: number): Stanza;
}

class Notes {
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  #shapes = new Int32Array(64);

  note(slot: number, start: number, end: number, high: number): void {
    if (slot >= this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#ends = grown(this.#ends);
      this.#shapes = grown(this.#shapes);
    }
    this.#starts[slot] = start;
    this.#ends[slot] = end;
    this.#shapes[slot] = high & nonAscii;
  }

  extend(slot: number, end: number, high: number, broken: boolean): void {
    this.#ends[slot] = end;
    this.#shapes[slot] =
      (this.#shapes[slot] as number) | (high & nonAscii) | (broken ? interrupted : 0);
  }

  clear(count: number): void {
    this.#starts.fill(notFound, 0, count);
  }

  start(slot: number): number {
    return this.#starts[slot] as number;
  }

  /** The end of the value without the blanks before it. */
  end(slot: number, bytes: Uint8Array): number {
    const start = this.#starts[slot] as number;
    let end = this.#ends[slot] as number;
    while (end > start && (bytes[end - 1] === space || bytes[end - 1] === tab)) end--;
    return end;
  }

  /** 0 for ASCII in one piece. */
  shape(slot: number): number {
    return this.#shapes[slot] as number;
  }

  decode(source: ByteText, slot: number): string {
    const start = this.start(slot);
    const shape = this.shape(slot);
    if (shape >= interrupted) {
      const [first = "", ...more] = source.utf8(start, this.#ends[slot] as number).split("\n");
      return fieldValue([first, ...more.filter((line) => !line.startsWith("#"))].map(cleanLine));
    }
    const end = this.end(slot, source.bytes);
    return shape === 0 ? source.ascii(start, end) : source.utf8(start, end);
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Every field: the stanza is decoded as one string, and values are slices of it. */
export class AllFields implements FoundFields {
  readonly #names = new NameTable();
  readonly #notes = new Notes();
  #found: string[] = [];
  #last: SpelledName | undefined;
  #stanza = 0;
  #high = 0;

  begin(): void {
    this.#names.trim();
    this.#found = [];
    this.#stanza++;
    this.#high = 0;
  }

  open(source: ByteText, nameStart: number, nameEnd: number): number {
    const name = this.#names.find(source, nameStart, nameEnd, this.#last);
    this.#last = name;
    if (name.identity.seen === this.#stanza) return givenBefore;
    name.identity.seen = this.#stanza;
    return this.#found.push(name.text) - 1;
  }

  note(slot: number, start: number, end: number, high: number): void {
    this.#high |= high;
    this.#notes.note(slot, start, end, high);
  }

  extend(slot: number, end: number, high: number, broken: boolean): void {
    this.#high |= high;
    this.#notes.extend(slot, end, high, broken);
  }

  stanza(source: ByteText, line: number, start: number, end: number): Stanza {
    const notes = this.#notes;
    const names = this.#found;
    const { bytes } = source;
    const whole = this.#high < nonAscii ? source.ascii(start, end) : undefined;
    const values: string[] = new Array(names.length);
    for (let slot = 0; slot < values.length; slot++) {
      values[slot] =
        whole !== undefined && notes.shape(slot) === 0
          ? whole.slice(notes.start(slot) - start, notes.end(slot, bytes) - start)
          : notes.decode(source, slot);
    }
    return new FieldStanza(line, names, values);
  }
}

const longValue = 256;

/**
 * The fields of a projection. Their bytes are brought together and decoded at once, a third of the
 * time of a call for each; long values are decoded alone.
 */
export class ProjectedFields implements FoundFields {
  readonly #projection: Projection;
  readonly #notes = new Notes();
  readonly #gathered: ByteText;

  constructor(projection: Projection) {
    this.#projection = projection;
    this.#gathered = byteText(new Uint8Array(projection.names.length * longValue));
  }

  begin(): void {
    this.#notes.clear(this.#projection.names.length);
  }

  open(source: ByteText, nameStart: number, nameEnd: number): number {
    const slot = this.#projection.find(source.bytes, nameStart, nameEnd);
    return slot >= 0 && this.#notes.start(slot) !== notFound ? givenBefore : slot;
  }

  note(slot: number, start: number, end: number, high: number): void {
    this.#notes.note(slot, start, end, high);
  }

  extend(slot: number, end: number, high: number, broken: boolean): void {
    this.#notes.extend(slot, end, high, broken);
  }

  stanza(source: ByteText, line: number): Stanza {
    const notes = this.#notes;
    const { bytes } = source;
    const gathered = this.#gathered.bytes;
    const count = this.#projection.names.length;
    const values: (string | undefined)[] = new Array(count);
    let words = 0;
    let to = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = notes.start(slot);
      values[slot] = undefined;
      if (start === notFound) continue;
      const end = notes.end(slot, bytes);
      if (notes.shape(slot) !== 0 || end - start > longValue) continue;
      for (let i = start; i < end; i++) {
        const byte = bytes[i] as number;
        // turns negative below "!" and gets its eighth bit from DEL on
        words |= (byte - 0x21) | ((byte + 1) & 0x80);
        gathered[to++] = byte;
      }
    }
    const text = to === 0 ? "" : this.#gathered.ascii(0, to);
    let plain = words >= 0 && words < 0x80;
    let from = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = notes.start(slot);
      if (start === notFound) continue;
      const end = notes.end(slot, bytes);
      if (notes.shape(slot) !== 0 || end - start > longValue) {
        values[slot] = notes.decode(source, slot);
        plain = false;
        continue;
      }
      values[slot] = text.slice(from, from + end - start);
      from += end - start;
    }
    return new ProjectedStanza(line, this.#projection, values, plain);
  }
}
