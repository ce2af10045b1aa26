import P from "parsimmon";
import { type ByteText, byteText } from "./decode.js";
import type { Deb822Error, Deb822ErrorCode } from "./error.js";
import { printable } from "./frame.js";
import { cleanLine, fieldValue } from "./grammar.js";
import { NameTable } from "./names.js";
import { problemAt } from "./problem.js";
import { type Projection, projectionOf } from "./projection.js";
import { type Limits, limitsOf, type ReadOptions } from "./read-options.js";
import { FieldStanza, type Stanza } from "./stanza.js";

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

// what the scanner notes down of each field: where its value lies, and whether it is
const start = 0; // ... plain text,
const end = 1;
const shape = 2;
const stride = 3;
const nonAscii = 0x80; // ... text with bytes above 0x7f,
const interrupted = 0x100; // ... text with comments or CRs in it

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
  readonly #projection: Projection | undefined;
  readonly #onProblem: ReadOptions["onProblem"];
  readonly #names = new NameTable();
  /** Of each projected name, the run of the parser that saw it last. */
  readonly #seen: Int32Array;
  #runs = 0;
  #notes = new Int32Array(64 * stride);

  constructor(options: ReadOptions) {
    this.#limits = limitsOf(options);
    this.#projection = options.fields === undefined ? undefined : projectionOf(options.fields);
    this.#seen = new Int32Array(this.#projection?.names.length ?? 0);
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
    const { bytes } = this.source;
    const { length } = bytes;
    const { final } = this;
    const projection = this.#projection;
    const run = ++this.#runs;
    const names: string[] = [];
    let notes = this.#notes;
    const stanzaLimit = stanzaStart + this.#limits.stanzaBytes;
    let limit = Math.min(stanzaLimit, stanzaStart + this.#limits.fieldBytes);
    let fieldStart = stanzaStart;
    let fields = 0;
    let note = -stride; // of the field that a continuation line belongs to
    let open = false; // such a field is there and wanted
    let skipping = false; // the lines belong to a field that was refused
    let broken = false; // a comment or a CR lies between the value so far and what may come
    let high = 0;
    let line = this.line;
    let i = stanzaStart;
    let problems: Deb822Error[] | undefined;
    this.#names.trim();

    const refuse = (at: number, code: Deb822ErrorCode, message: string, field?: string) => {
      const place = { index: stanzaStart, line: this.line };
      const problem = problemAt(this.source, place, at, code, message, { field });
      if (this.#onProblem === undefined || fatal.has(code)) throw problem;
      problems ??= [];
      problems.push(problem);
    };

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
      let nameHash = 0;
      let nameEnd = -1;
      if (!isContinuation && !isComment) {
        fieldStart = lineStart;
        limit = Math.min(stanzaLimit, fieldStart + this.#limits.fieldBytes);
        if (i === lineStart && c !== hyphen) {
          while (c > space && c < del && c !== colon) {
            nameHash = (nameHash * 31 + c) | 0;
            c = ++i < length ? (bytes[i] as number) : -1;
          }
          if (c === colon && i > lineStart) nameEnd = i++;
        }
      }

      // the rest of the line; what is above CR needs no look but for its high bit
      const restStart = i;
      let lineHigh = 0;
      let nul = -1;
      for (;;) {
        while (i < length) {
          c = bytes[i] as number;
          if (c <= cr) break;
          lineHigh |= c;
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
      const hadCr = lineEnd < i;
      if (i < length) i++;
      line++;

      if (isComment) {
        broken = true;
        continue;
      }
      if (nul >= 0) refuse(nul, "ERR_DEB822_NUL", "NUL byte");

      if (isContinuation) {
        if (open) {
          if (broken) notes[note + shape] = (notes[note + shape] as number) | interrupted;
          notes[note + shape] = (notes[note + shape] as number) | (lineHigh & nonAscii);
          notes[note + end] = lineEnd;
          high |= lineHigh;
          if (hadCr) broken = true;
        } else if (fields === 0 && !skipping) {
          refuse(lineStart, "ERR_DEB822_SYNTAX", "continuation line before any field");
        }
        continue;
      }

      open = false;
      skipping = true;
      if (nameEnd < 0) {
        const text = this.source.utf8(lineStart, Math.min(lineEnd, lineStart + 200));
        if (text.startsWith("-----BEGIN PGP ")) {
          refuse(lineStart, "ERR_DEB822_PGP_ARMOR", "PGP armor, expected control data");
        }
        const message = `expected "Name: value", got ${JSON.stringify(printable(text, 60))}`;
        refuse(restStart, "ERR_DEB822_SYNTAX", message);
        continue;
      }
      if (++fields > this.#limits.fields) {
        const message = `more than ${this.#limits.fields} fields in one stanza`;
        refuse(lineStart, "ERR_DEB822_TOO_MANY_FIELDS", message);
      }

      let name: string;
      if (projection === undefined) {
        const spelled = this.#names.find(this.source, lineStart, nameEnd, nameHash);
        name = spelled.text;
        if (spelled.identity.seen === run) {
          refuse(lineStart, "ERR_DEB822_DUPLICATE_FIELD", `field ${name} given twice`, name);
          continue;
        }
        spelled.identity.seen = run;
      } else {
        const wanted = projection.find(bytes, lineStart, nameEnd);
        if (wanted < 0) continue;
        name = this.#names.find(this.source, lineStart, nameEnd, nameHash).text;
        if (this.#seen[wanted] === run) {
          refuse(lineStart, "ERR_DEB822_DUPLICATE_FIELD", `field ${name} given twice`, name);
          continue;
        }
        this.#seen[wanted] = run;
      }

      open = true;
      skipping = false;
      broken = hadCr;
      high |= lineHigh;
      note = names.push(name) * stride - stride;
      if (note === notes.length) {
        notes = new Int32Array(note * 2);
        notes.set(this.#notes);
        this.#notes = notes;
      }
      let valueStart = restStart;
      while (valueStart < lineEnd && isBlank(bytes[valueStart] as number)) valueStart++;
      notes[note + start] = valueStart;
      notes[note + end] = lineEnd;
      notes[note + shape] = lineHigh & nonAscii;
    }

    const stanzaLine = this.line;
    this.line = line;
    if (problems !== undefined) for (const problem of problems) this.#onProblem?.(problem);
    if (fields === 0) return P.makeSuccess(i, undefined);
    const values = this.#values(names.length, stanzaStart, i, high >= nonAscii);
    return P.makeSuccess(i, new FieldStanza(stanzaLine, names, values));
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

  #values(count: number, stanzaStart: number, stanzaEnd: number, hasNonAscii: boolean): string[] {
    const { source } = this;
    const notes = this.#notes;
    const values: string[] = new Array(count);
    // one string per stanza and slices of it are cheaper than a string per field; a projection
    // decodes each field alone, so that what is kept of it does not keep the stanza
    const whole =
      this.#projection === undefined && !hasNonAscii
        ? source.ascii(stanzaStart, stanzaEnd)
        : undefined;
    for (let k = 0; k < count; k++) {
      const note = k * stride;
      const from = notes[note + start] as number;
      let to = notes[note + end] as number;
      const kind = notes[note + shape] as number;
      while (to > from && isBlank(source.bytes[to - 1] as number)) to--;
      if (kind >= interrupted) values[k] = joined(source.utf8(from, to));
      else if (whole !== undefined) values[k] = whole.slice(from - stanzaStart, to - stanzaStart);
      else values[k] = kind === 0 ? source.ascii(from, to) : source.utf8(from, to);
    }
    return values;
  }
}

const fatal: ReadonlySet<Deb822ErrorCode> = new Set([
  "ERR_DEB822_PGP_ARMOR",
  "ERR_DEB822_TOO_MANY_FIELDS",
]);

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}

function joined(text: string): string {
  const [first = "", ...more] = text.split("\n");
  return fieldValue([first, ...more.filter((line) => !line.startsWith("#"))].map(cleanLine));
}
