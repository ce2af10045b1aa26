import P from "parsimmon";
import { type ByteText, byteText } from "./decode.js";
import { Faults } from "./faults.js";
import { printable } from "./frame.js";
import { NameTable, type SpelledName, startsWith } from "./names.js";
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
  readonly #limits: Limits;
  readonly #projection: Projection | undefined;
  readonly #keepsBytes: boolean;
  readonly #names: NameTable;
  readonly #values = new ValueRanges();
  readonly #faults: Faults;
  #stanzas = 0;
  #lastName: SpelledName | undefined;

  constructor(options: ReadOptions) {
    this.#limits = limitsOf(options);
    const projection = options.fields && projectionOf(options.fields);
    this.#projection = projection;
    this.#keepsBytes = options.keepBytes === true;
    this.#names = new NameTable((name) => projection?.slot(name) ?? 0);
    this.#faults = new Faults(this.#limits, options.onProblem);
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
    this.#faults.use(this.#source);
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
      this.#faults.begin(lineStart, this.line);
      this.#faults.checkSize(lineStart, i);
      lineStart = i + 1;
      this.line++;
    }
    this.#faults.begin(lineStart, this.line);
    this.#faults.checkSize(lineStart, bytes.length);
    return lineStart;
  }

  #scan(stanzaStart: number): P.Reply<Stanza | undefined> {
    const source = this.#source;
    const { bytes } = source;
    const end = this.#end;
    const values = this.#values;
    const faults = this.#faults;
    const projection = this.#projection;
    const stanza = ++this.#stanzas;
    const names: string[] = [];
    const { fieldBytes, stanzaBytes, fields: maxFields } = this.#limits;
    const stanzaLimit = stanzaStart + stanzaBytes;
    let fieldStart = stanzaStart;
    let fields = 0;
    let slot = -1; // of the field that a continuation line belongs to, where it is wanted
    let belongs = false; // there is such a field, wanted or not
    let regular = true; // no comments, no lines refused
    let broken = false; // a comment or a CR lies between the value so far and what may come
    if (this.#names.trim()) this.#lastName = undefined;
    let name = this.#lastName;
    let { nul } = faults;
    let line = this.line;
    let i = stanzaStart;
    let linesEnd = stanzaStart;
    faults.begin(stanzaStart, line);
    values.clear();

    for (;;) {
      const lineStart = i;
      linesEnd = i;
      if (i >= end) {
        if (this.#final) break;
        const next = bytes[i];
        const goesOn = next === space || next === tab || next === hash;
        faults.checkSize(goesOn ? fieldStart : lineStart, bytes.length);
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
          faults.checkSize(lineStart, i);
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
      if (i > fieldStart + fieldBytes || i > stanzaLimit) faults.checkSize(fieldStart, i);
      let lineEnd = i;
      while (lineEnd > restStart && bytes[lineEnd - 1] === cr) lineEnd--;
      const hasCr = lineEnd < i;
      i++;
      line++;
      if (isComment) {
        broken = true;
        regular = false;
        continue;
      }
      if (nul < i) nul = faults.refuseNul(lineStart, i);

      if (isContinuation) {
        if (slot >= 0) {
          values.extend(slot, lineEnd, broken);
          if (hasCr) broken = true;
        } else if (!belongs) {
          const message = "continuation line before any field";
          faults.refuse(lineStart, "ERR_DEB822_SYNTAX", message);
        }
        continue;
      }

      belongs = true;
      slot = -1;
      if (!isField || name === undefined) {
        faults.refuseLine(lineStart, restStart, lineEnd);
        continue;
      }
      if (++fields > maxFields) {
        const message = `more than ${maxFields} fields in one stanza`;
        faults.refuse(lineStart, "ERR_DEB822_TOO_MANY_FIELDS", message);
      }
      if (name.identity.seen === stanza) {
        const message = `field ${printable(name.text)} given twice`;
        faults.refuse(lineStart, "ERR_DEB822_DUPLICATE_FIELD", message, name.text);
        continue;
      }
      name.identity.seen = stanza;
      slot = projection === undefined ? names.push(name.text) - 1 : name.slot;
      if (slot < 0) continue;
      let valueStart = restStart;
      while (bytes[valueStart] === space || bytes[valueStart] === tab) valueStart++;
      values.note(slot, Math.min(valueStart, lineEnd), lineEnd, line - 1);
      broken = hasCr;
    }

    this.#lastName = name;
    const stanzaLine = this.line;
    this.line = line;
    faults.tell();
    if (fields === 0) return P.makeSuccess(i, undefined);
    const read =
      projection === undefined
        ? values.stanza(source, stanzaLine, names, stanzaStart, i, regular && !faults.found)
        : values.projected(source, stanzaLine, projection);
    // A copy: the scanner's bytes are used again, and `slice` of a Buffer is a view.
    if (this.#keepsBytes) read.bytes = new Uint8Array(bytes.subarray(stanzaStart, linesEnd));
    return P.makeSuccess(i, read);
  }
}
