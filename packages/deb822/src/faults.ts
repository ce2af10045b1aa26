import { type ByteText, byteText } from "./decode.js";
import type { Deb822Error, Deb822ErrorCode } from "./error.js";
import { printable } from "./frame.js";
import { problemAt } from "./problem.js";
import type { Limits, ReadOptions } from "./read-options.js";

const fatal: ReadonlySet<Deb822ErrorCode> = new Set([
  "ERR_DEB822_PGP_ARMOR",
  "ERR_DEB822_TOO_MANY_FIELDS",
]);

/** What the scanner refuses in the stanza under way: thrown, or told where the reading is lenient. */
export class Faults {
  /** Where the first NUL lies that no line was refused for yet. */
  nul = Number.POSITIVE_INFINITY;
  readonly #limits: Limits;
  readonly #onProblem: ReadOptions["onProblem"];
  #source: ByteText = byteText(new Uint8Array(0));
  #stanza = { index: 0, line: 0 };
  #problems: Deb822Error[] = [];

  constructor(limits: Limits, onProblem: ReadOptions["onProblem"]) {
    this.#limits = limits;
    this.#onProblem = onProblem;
  }

  /** Other bytes are read from now on. */
  use(source: ByteText): void {
    this.#source = source;
    this.nul = this.#indexOfNul(0);
  }

  /** A stanza begins at `index` with the line of that one-based number. */
  begin(index: number, line: number): void {
    this.#stanza.index = index;
    this.#stanza.line = line;
    if (this.#problems.length > 0) this.#problems = [];
  }

  /** Whether something of the stanza was refused. */
  get found(): boolean {
    return this.#problems.length > 0;
  }

  /** Reports what was refused: the stanza is whole, it will not be read again. */
  tell(): void {
    for (const problem of this.#problems) this.#onProblem?.(problem);
  }

  /** Refuses what stands at `index`. */
  refuse(index: number, code: Deb822ErrorCode, message: string, field?: string): void {
    const problem = problemAt(this.#source, this.#stanza, index, code, message, { field });
    if (this.#onProblem === undefined || fatal.has(code)) throw problem;
    this.#problems.push(problem);
  }

  /** Refuses a line that is none, because of what stands at `index`. */
  refuseLine(lineStart: number, index: number, lineEnd: number): void {
    const text = this.#source.utf8(lineStart, Math.min(lineEnd, lineStart + 200));
    if (text.startsWith("-----BEGIN PGP ")) {
      this.refuse(lineStart, "ERR_DEB822_PGP_ARMOR", "PGP armor, expected control data");
    }
    const message = `expected "Name: value", got ${JSON.stringify(printable(text, 60))}`;
    this.refuse(index, "ERR_DEB822_SYNTAX", message);
  }

  /** Refuses the first NUL of a line, if it has one, and returns where the next one lies. */
  refuseNul(lineStart: number, next: number): number {
    // one in a comment was passed over
    const index = this.#indexOfNul(Math.max(this.nul, lineStart));
    this.nul = index < next ? this.#indexOfNul(next) : index;
    if (index < next) this.refuse(index, "ERR_DEB822_NUL", "NUL byte");
    return this.nul;
  }

  /**
   * Throws where a field or the stanza reaches farther than its limit. What lies behind the limit
   * is not shown: how much of it has arrived is left to chance.
   */
  checkSize(fieldStart: number, end: number): void {
    const { fieldBytes, stanzaBytes } = this.#limits;
    const { index } = this.#stanza;
    if (end <= fieldStart + fieldBytes && end <= index + stanzaBytes) return;
    const isStanza = index + stanzaBytes <= fieldStart + fieldBytes;
    const start = isStanza ? index : fieldStart;
    const limit = isStanza ? stanzaBytes : fieldBytes;
    const code = isStanza ? "ERR_DEB822_STANZA_TOO_LARGE" : "ERR_DEB822_FIELD_TOO_LARGE";
    const message = `${isStanza ? "stanza" : "field"} of more than ${limit} bytes`;
    throw problemAt(this.#source, this.#stanza, start, code, message, {}, start + limit);
  }

  #indexOfNul(from: number): number {
    const index = this.#source.bytes.indexOf(0, from);
    return index < 0 ? Number.POSITIVE_INFINITY : index;
  }
}
