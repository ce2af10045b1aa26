import P from "parsimmon";
import { type ByteText, byteText } from "./decode.js";
import type { Deb822Error, Deb822ErrorCode } from "./error.js";
import { AllFields, type FoundFields, givenBefore, ProjectedFields } from "./found-fields.js";
import { printable } from "./frame.js";
import { problemAt } from "./problem.js";
import { projectionOf } from "./projection.js";
import { type Limits, limitsOf, type ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const hash = 0x23;
const hyphen = 0x2d;
const colon = 0x3a;
const del = 0x7f;

/** The reply where a stanza may go on behind the bytes at hand. */
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
  /** No bytes follow those of `source`. */
  final = false;
  /** One-based number of the line at which the next stanza or separator starts. */
  line = 1;
  /** The bytes that the parser reads. */
  source: ByteText = byteText(new Uint8Array(0));
  readonly #limits: Limits;
  readonly #found: FoundFields;
  readonly #onProblem: ReadOptions["onProblem"];
  /** Of the stanza under way: they are told only when it is whole. */
  #problems: Deb822Error[] = [];

  constructor(options: ReadOptions) {
    this.#limits = limitsOf(options);
    this.#found =
      options.fields === undefined
        ? new AllFields()
        : new ProjectedFields(projectionOf(options.fields));
    this.#onProblem = options.onProblem;
  }

  /** The index behind the empty lines, lines of blanks and comment lines that begin at `index`. */
  skipSeparators(index: number): number {
    const { bytes } = this.source;
    let i = index;
    for (;;) {
      const lineStart = i;
      while (bytes[i] === space || bytes[i] === tab || bytes[i] === cr) i++;
      if (i === lineStart && bytes[i] === hash) while (i < bytes.length && bytes[i] !== lf) i++;
      if (i - lineStart > Math.min(this.#limits.fieldBytes, this.#limits.stanzaBytes)) {
        this.#refuseSize(lineStart, lineStart);
      }
      if (i >= bytes.length) return this.final ? i : lineStart;
      if (bytes[i] !== lf) return lineStart;
      i++;
      this.line++;
    }
  }

  #scan(stanzaStart: number): P.Reply<Stanza | undefined> {
    const { source, final } = this;
    const { bytes } = source;
    const { length } = bytes;
    const found = this.#found;
    const fieldLimit = this.#limits.fieldBytes;
    const stanzaLimit = stanzaStart + this.#limits.stanzaBytes;
    let limit = Math.min(stanzaLimit, stanzaStart + fieldLimit);
    let fieldStart = stanzaStart;
    let fields = 0;
    let slot = -1; // of the field that a continuation line belongs to, where it is wanted
    let belongs = false; // there is such a field, wanted or not
    let broken = false; // a comment or a CR lies between the value so far and what may come
    let line = this.line;
    let i = stanzaStart;
    this.#problems = [];
    found.begin();

    for (;;) {
      const lineStart = i;
      let c = i < length ? (bytes[i] as number) : -1;
      while (c === cr) c = ++i < length ? (bytes[i] as number) : -1;
      if (c === lf || (c === -1 && final)) {
        if (c === lf) {
          i++;
          line++;
        }
        break;
      }
      if (c === -1) {
        if (i > limit) this.#refuseSize(stanzaStart, fieldStart);
        return moreInput;
      }

      const isContinuation = i === lineStart && (c === space || c === tab);
      const isComment = i === lineStart && c === hash;
      let nameEnd = -1;
      if (!isContinuation && !isComment) {
        fieldStart = lineStart;
        limit = Math.min(stanzaLimit, fieldStart + fieldLimit);
        if (i === lineStart && c !== hyphen) {
          while (c > space && c < del && c !== colon) {
            c = ++i < length ? (bytes[i] as number) : -1;
          }
          if (c === colon && i > lineStart) nameEnd = i++;
        }
      }

      // the rest of the line; what is above CR needs no look but for its high bit
      const restStart = i;
      let high = 0;
      let nul = -1;
      for (;;) {
        while (i < length) {
          c = bytes[i] as number;
          if (c <= cr) break;
          high |= c;
          i++;
        }
        if (i >= length || c === lf) break;
        if (c === 0 && nul < 0) nul = i;
        i++;
      }
      if (i > limit) this.#refuseSize(stanzaStart, fieldStart);
      if (i >= length && !final) return moreInput;
      let lineEnd = i;
      while (lineEnd > restStart && bytes[lineEnd - 1] === cr) lineEnd--;
      const hasCr = lineEnd < i;
      if (i < length) i++;
      line++;

      if (isComment) {
        broken = true;
        continue;
      }
      if (nul >= 0) this.#refuse(stanzaStart, nul, "ERR_DEB822_NUL", "NUL byte");

      if (isContinuation) {
        if (slot >= 0) {
          found.extend(slot, lineEnd, high, broken);
          if (hasCr) broken = true;
        } else if (!belongs) {
          const message = "continuation line before any field";
          this.#refuse(stanzaStart, lineStart, "ERR_DEB822_SYNTAX", message);
        }
        continue;
      }

      belongs = true;
      slot = -1;
      if (nameEnd < 0) {
        this.#refuseLine(stanzaStart, lineStart, restStart, lineEnd);
        continue;
      }
      if (++fields > this.#limits.fields) {
        const message = `more than ${this.#limits.fields} fields in one stanza`;
        this.#refuse(stanzaStart, lineStart, "ERR_DEB822_TOO_MANY_FIELDS", message);
      }
      slot = found.open(source, lineStart, nameEnd);
      if (slot < 0) {
        if (slot === givenBefore) this.#refuseDuplicate(stanzaStart, lineStart, nameEnd);
        continue;
      }
      let valueStart = restStart;
      while (bytes[valueStart] === space || bytes[valueStart] === tab) valueStart++;
      found.note(slot, Math.min(valueStart, lineEnd), lineEnd, high);
      broken = hasCr;
    }

    const stanzaLine = this.line;
    this.line = line;
    for (const problem of this.#problems) this.#onProblem?.(problem);
    if (fields === 0) return P.makeSuccess(i, undefined);
    return P.makeSuccess(i, found.stanza(source, stanzaLine, stanzaStart, i));
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
    const problem = problemAt(this.source, stanza, index, code, message, { field });
    if (this.#onProblem === undefined || fatal.has(code)) throw problem;
    this.#problems.push(problem);
  }

  #refuseLine(stanzaStart: number, lineStart: number, index: number, lineEnd: number): void {
    const text = this.source.utf8(lineStart, Math.min(lineEnd, lineStart + 200));
    if (text.startsWith("-----BEGIN PGP ")) {
      const message = "PGP armor, expected control data";
      this.#refuse(stanzaStart, lineStart, "ERR_DEB822_PGP_ARMOR", message);
    }
    const message = `expected "Name: value", got ${JSON.stringify(printable(text, 60))}`;
    this.#refuse(stanzaStart, index, "ERR_DEB822_SYNTAX", message);
  }

  #refuseDuplicate(stanzaStart: number, nameStart: number, nameEnd: number): void {
    const name = this.source.ascii(nameStart, Math.min(nameEnd, nameStart + 100));
    const message = `field ${name} given twice`;
    this.#refuse(stanzaStart, nameStart, "ERR_DEB822_DUPLICATE_FIELD", message, name);
  }

  /** What lies behind the limit is not shown: how much of it has arrived is left to chance. */
  #refuseSize(stanzaStart: number, fieldStart: number): never {
    const { fieldBytes, stanzaBytes } = this.#limits;
    const stanza = { index: stanzaStart, line: this.line };
    throw stanzaStart + stanzaBytes <= fieldStart + fieldBytes
      ? problemAt(
          this.source,
          stanza,
          stanzaStart,
          "ERR_DEB822_STANZA_TOO_LARGE",
          `stanza of more than ${stanzaBytes} bytes`,
          {},
          stanzaStart + stanzaBytes,
        )
      : problemAt(
          this.source,
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
