import type { ByteText } from "./decode.js";
import { cleanLine, fieldValue } from "./grammar.js";
import type { Projection } from "./projection.js";
import { FieldStanza, ProjectedStanza } from "./stanza.js";

const tab = 0x09;
const space = 0x20;
const maxGap = 128;
const maxRun = 512;

/** Where the values of one stanza lie in the bytes, each in its slot. */
export class ValueRanges {
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  #lines = new Int32Array(64);
  /** Slots in the order in which they were noted. */
  #order = new Int32Array(64);
  #count = 0;
  /** Slots of values with comments or CRs between their lines. */
  #broken: number[] = [];

  /** Forgets the stanza before. */
  clear(): void {
    this.#count = 0;
    if (this.#broken.length > 0) this.#broken = [];
  }

  note(slot: number, start: number, end: number, line: number): void {
    while (slot >= this.#starts.length) this.#grow();
    this.#starts[slot] = start;
    this.#ends[slot] = end;
    this.#lines[slot] = line;
    this.#order[this.#count++] = slot;
  }

  /** The value goes on up to `end`; `broken` when comments or CRs lie in between. */
  extend(slot: number, end: number, broken: boolean): void {
    this.#ends[slot] = end;
    if (broken) this.#broken.push(slot);
  }

  /**
   * The stanza that lies from `start` to `end`, all its values noted: slices of one string.
   *
   * @param regular - it has no lines but those of its values
   */
  stanza(
    source: ByteText,
    line: number,
    names: readonly string[],
    start: number,
    end: number,
    regular: boolean,
  ): FieldStanza {
    const values: string[] = new Array(names.length);
    const whole = source.utf8(start, end);
    // no sequence of bytes becomes more characters than it has bytes: where the lengths are equal,
    // each character has the index of its byte
    const aligned = whole.length === end - start;
    for (let slot = 0; slot < values.length; slot++) {
      const from = this.#starts[slot] as number;
      const to = this.#end(slot, source.bytes);
      values[slot] = aligned ? whole.slice(from - start, to - start) : source.utf8(from, to);
    }
    this.#mend(source, values);
    if (regular) return new FieldStanza(line, names, values);
    return new FieldStanza(line, names, values, Array.from(this.#lines.subarray(0, names.length)));
  }

  /**
   * The stanza of the values wanted. Those close to each other are slices of one string, as a call
   * to decode costs more than the text between them; the string is short, as whoever keeps one of
   * the values keeps it in memory.
   */
  projected(source: ByteText, line: number, projection: Projection): ProjectedStanza {
    const { bytes } = source;
    const starts = this.#starts;
    const order = this.#order;
    const values: (string | undefined)[] = [];
    const lines: (number | undefined)[] = [];
    for (let slot = 0; slot < projection.names.length; slot++) {
      values.push(undefined);
      lines.push(undefined);
    }
    for (let k = 0; k < this.#count; ) {
      const start = starts[order[k] as number] as number;
      let end = this.#end(order[k] as number, bytes);
      let next = k + 1;
      for (; next < this.#count; next++) {
        const from = starts[order[next] as number] as number;
        const to = this.#end(order[next] as number, bytes);
        if (from - end > maxGap || to - start > maxRun) break;
        end = to;
      }
      const text = source.utf8(start, end);
      const aligned = text.length === end - start;
      for (; k < next; k++) {
        const slot = order[k] as number;
        const from = starts[slot] as number;
        const to = this.#end(slot, bytes);
        lines[slot] = this.#lines[slot] as number;
        values[slot] = aligned ? text.slice(from - start, to - start) : source.utf8(from, to);
      }
    }
    this.#mend(source, values);
    return new ProjectedStanza(line, projection, values, lines);
  }

  /** The end of the value without the blanks before it. */
  #end(slot: number, bytes: Uint8Array): number {
    const start = this.#starts[slot] as number;
    let end = this.#ends[slot] as number;
    while (end > start && (bytes[end - 1] === space || bytes[end - 1] === tab)) end--;
    return end;
  }

  /** Puts in the values that are not one piece of the source. */
  #mend(source: ByteText, values: (string | undefined)[]): void {
    for (const slot of this.#broken) {
      const text = source.utf8(this.#starts[slot] as number, this.#ends[slot] as number);
      const [first = "", ...more] = text.split("\n");
      const lines = [first, ...more.filter((line) => !line.startsWith("#"))].map(cleanLine);
      values[slot] = fieldValue(lines);
    }
  }

  #grow(): void {
    const starts = new Int32Array(this.#starts.length * 2);
    const ends = new Int32Array(starts.length);
    const order = new Int32Array(starts.length);
    starts.set(this.#starts);
    ends.set(this.#ends);
    order.set(this.#order);
    const lines = new Int32Array(starts.length);
    lines.set(this.#lines);
    this.#lines = lines;
    this.#order = order;
    this.#starts = starts;
    this.#ends = ends;
  }
}
