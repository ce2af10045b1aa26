import P from "parsimmon";
import { type ByteText, byteText } from "./decode.js";
import type { Deb822Error, Deb822ErrorCode } from "./error.js";
import { printable } from "./frame.js";
import { NameTable, type SpelledName, startsWith } from "./names.js";
import { problemAt } from "./problem.js";
import { type Projection, projectionOf } from "./projection.js";
import { type Limits, limitsOf, type ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";
import { ValueRanges } from "./value-ranges.js";

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const hash = 0x23;
const hyphen = 0x2d;
const colon = 0x3a;
const del = 0x7f;

/** The reply where a stanza may go on behind the lines at hand. */
export const moreInput: P.FailureReply = P.makeFailure(0, "more input");

/**
 * The grammar's `stanza` as one Parsimmon primitive over bytes, for the speed: combinators over
 * text read 8 to 48 MB/s. A property test holds it to the grammar.
 *
 * Its state is what lies outside one stanza: limits, names seen, the number of the next line.
 */
export class StanzaScanner {
  /** Reads the stanza whose first line begins at the index, up to behind its empty line. */
  readonly stanza: P.Parser<Stanza | undefined> = P((_input, index) => this.#scan(index));
  /** One-based number of the line at which the next stanza or separator starts. */
  line = 1;
  #source: ByteText = byteText(new Uint8Array(0));
  /** Behind the last line end of the source. */
  #end = 0;
  #final = false;
  /** Where the first NUL lies that no line was refused for yet. */
  #nul = Number.POSITIVE_INFINITY;
  readonly #limits: Limits;
  readonly #projection: Projection | undefined;
  readonly #names: NameTable;
  readonly #values = new ValueRanges();
  readonly #onProblem: ReadOptions["onProblem"];
  /** Of the stanza under way: they are told only when it is whole. */
  #problems: Deb822Error[] = [];
  #stanzas = 0;
  #lastName: SpelledName | undefined;

  constructor(options: ReadOptions) {
    this.#limits = limitsOf(options);
    const projection = options.fields && projectionOf(options.fields);
    this.#projection = projection;
    this.#names = new NameTable((name) => projection?.slot(name) ?? 0);
    this.#onProblem = options.onProblem;
  }

  /**
   * Gives the parser bytes to read.
   *
   * @param final - nothing follows them, and they end in a line end
   * @returns the index behind their last line end: what follows it is left alone
   */
  use(bytes: Uint8Array, final: boolean): number {
    this.#source = byteText(bytes);
    this.#end = bytes.lastIndexOf(lf) + 1;
    this.#final = final;
    this.#nul = indexOfNul(bytes, 0);
    return this.#end;
  }

  /** The index behind the empty lines, lines of blanks and comment lines that begin at `index`. */
  skipSeparators(index: number): number {
    const { bytes } = this.#source;
    let lineStart = index;
    while (lineStart < this.#end) {
      let i = lineStart;
      while (bytes[i] === space || bytes[i] === tab || bytes[i] === cr) i++;
      if (i === lineStart && bytes[i] === hash) i = bytes.indexOf(lf, i);
      if (bytes[i] !== lf) return lineStart;
      this.#checkSize(lineStart, lineStart, i);
      lineStart = i + 1;
      this.line++;
    }
    this.#checkSize(lineStart, lineStart, bytes.length);
    return lineStart;
  }

  #scan(stanzaStart: number): P.Reply<Stanza | undefined> {
    const source = this.#source;
    const { bytes } = source;
    const end = this.#end;
    const values = this.#values;
    const projection = this.#projection;
    const stanza = ++this.#stanzas;
    const names: string[] = [];
    const fieldLimit = this.#limits.fieldBytes;
    const stanzaLimit = stanzaStart + this.#limits.stanzaBytes;
    let fieldStart = stanzaStart;
    let fields = 0;
    let slot = -1; // of the field that a continuation line belongs to, where it is wanted
    let belongs = false; // there is such a field, wanted or not
    let broken = false; // a comment or a CR lies between the value so far and what may come
    let name = this.#lastName;
    let line = this.line;
    let i = stanzaStart;
    this.#problems = [];
    this.#names.trim();
    values.clear(projection === undefined ? 0 : projection.names.length);

    for (;;) {
      const lineStart = i;
      if (i >= end) {
        if (this.#final) break;
        const next = bytes[i];
        const goesOn = next === space || next === tab || next === hash;
        this.#checkSize(stanzaStart, goesOn ? fieldStart : lineStart, bytes.length);
        return moreInput;
      }
      let c = bytes[i] as number;
      if (c === lf) {
        i++;
        line++;
        break;
      }

      const isContinuation = c === space || c === tab;
      const isComment = c === hash;
      let isField = false;
      if (!isContinuation && !isComment) {
        fieldStart = lineStart;
        const guess = name?.next;
        if (guess !== undefined && startsWith(bytes, i, guess.bytes)) {
          name = guess;
          i += guess.bytes.length;
          isField = true;
        } else if (c === cr) {
          while (bytes[i] === cr) i++;
          this.#checkSize(stanzaStart, lineStart, i);
          if (bytes[i] === lf) {
            i++;
            line++;
            break;
          }
          i = lineStart;
        } else if (c !== hyphen) {
          while (c > space && c < del && c !== colon) c = bytes[++i] as number;
          isField = c === colon && i > lineStart;
          if (isField) {
            const spelled = this.#names.find(source, lineStart, ++i);
            if (name !== undefined) name.next = spelled;
            name = spelled;
          }
        }
      }

      const restStart = i;
      i = bytes.indexOf(lf, i);
      const limit = fieldStart + fieldLimit;
      if (i > limit || i > stanzaLimit) this.#checkSize(stanzaStart, fieldStart, i);
      let lineEnd = i;
      while (lineEnd > restStart && bytes[lineEnd - 1] === cr) lineEnd--;
      const hasCr = lineEnd < i;
      i++;
      line++;
      if (isComment) {
        broken = true;
        continue;
      }
      if (this.#nul < i) this.#refuseNul(stanzaStart, lineStart, i);

      if (isContinuation) {
        if (slot >= 0) {
          values.extend(slot, lineEnd, broken);
          if (hasCr) broken = true;
        } else if (!belongs) {
          const message = "continuation line before any field";
          this.#refuse(stanzaStart, lineStart, "ERR_DEB822_SYNTAX", message);
        }
        continue;
      }

      belongs = true;
      slot = -1;
      if (!isField || name === undefined) {
        this.#refuseLine(stanzaStart, lineStart, restStart, lineEnd);
        continue;
      }
      if (++fields > this.#limits.fields) {
        const message = `more than ${this.#limits.fields} fields in one stanza`;
        this.#refuse(stanzaStart, lineStart, "ERR_DEB822_TOO_MANY_FIELDS", message);
      }
      if (name.identity.seen === stanza) {
        const message = `field ${printable(name.text)} given twice`;
        this.#refuse(stanzaStart, lineStart, "ERR_DEB822_DUPLICATE_FIELD", message, name.text);
        continue;
      }
      name.identity.seen = stanza;
      slot = projection === undefined ? names.push(name.text) - 1 : name.slot;
      if (slot < 0) continue;
      let valueStart = restStart;
      while (bytes[valueStart] === space || bytes[valueStart] === tab) valueStart++;
      values.note(slot, valueStart < lineEnd ? valueStart : lineEnd, lineEnd);
      broken = hasCr;
    }

    this.#lastName = name;
    const stanzaLine = this.line;
    this.line = line;
    for (const problem of this.#problems) this.#onProblem?.(problem);
    if (fields === 0) return P.makeSuccess(i, undefined);
    return P.makeSuccess(
      i,
      projection === undefined
        ? values.stanza(source, stanzaLine, names, stanzaStart, i)
        : values.projected(source, stanzaLine, projection),
    );
  }

  /** Throws, or notes the problem down where the reading is lenient. */
  #refuse(
    stanzaStart: number,
    index: number,
    code: Deb822ErrorCode,
    message: string,
    field?: string,
  ): void {
    const stanza = { index: stanzaStart, line: this.line };
    const problem = problemAt(this.#source, stanza, index, code, message, { field });
    if (this.#onProblem === undefined || fatal.has(code)) throw problem;
    this.#problems.push(problem);
  }

  #refuseNul(stanzaStart: number, lineStart: number, next: number): void {
    const { bytes } = this.#source;
    // one in a comment was passed over
    const index = indexOfNul(bytes, Math.max(this.#nul, lineStart));
    this.#nul = index < next ? indexOfNul(bytes, next) : index;
    if (index < next) this.#refuse(stanzaStart, index, "ERR_DEB822_NUL", "NUL byte");
  }

  #refuseLine(stanzaStart: number, lineStart: number, index: number, lineEnd: number): void {
    const text = this.#source.utf8(lineStart, Math.min(lineEnd, lineStart + 200));
    if (text.startsWith("-----BEGIN PGP ")) {
      const message = "PGP armor, expected control data";
      this.#refuse(stanzaStart, lineStart, "ERR_DEB822_PGP_ARMOR", message);
    }
    const message = `expected "Name: value", got ${JSON.stringify(printable(text, 60))}`;
    this.#refuse(stanzaStart, index, "ERR_DEB822_SYNTAX", message);
  }

  /** What lies behind the limit is not shown: how much of it has arrived is left to chance. */
  #checkSize(stanzaStart: number, fieldStart: number, end: number): void {
    const { fieldBytes, stanzaBytes } = this.#limits;
    if (end <= fieldStart + fieldBytes && end <= stanzaStart + stanzaBytes) return;
    const stanza = { index: stanzaStart, line: this.line };
    throw stanzaStart + stanzaBytes <= fieldStart + fieldBytes
      ? problemAt(
          this.#source,
          stanza,
          stanzaStart,
          "ERR_DEB822_STANZA_TOO_LARGE",
          `stanza of more than ${stanzaBytes} bytes`,
          {},
          stanzaStart + stanzaBytes,
        )
      : problemAt(
          this.#source,
          stanza,
          fieldStart,
          "ERR_DEB822_FIELD_TOO_LARGE",
          `field of more than ${fieldBytes} bytes`,
          {},
          fieldStart + fieldBytes,
        );
  }
}

const fatal: ReadonlySet<Deb822ErrorCode> = new Set([
  "ERR_DEB822_PGP_ARMOR",
  "ERR_DEB822_TOO_MANY_FIELDS",
]);

function indexOfNul(bytes: Uint8Array, from: number): number {
  const index = bytes.indexOf(0, from);
  return index < 0 ? Number.POSITIVE_INFINITY : index;
}
