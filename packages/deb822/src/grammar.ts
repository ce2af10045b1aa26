import P from "parsimmon";

/** A field as the grammar finds it: where it lies in the text, and its parts as written. */
export interface FieldSyntax {
  readonly name: string;
  /** What follows the colon on the first line, then each continuation line; comments left out. */
  readonly lines: readonly string[];
  /** Behind the colon. */
  readonly valueStart: number;
  /** Before the line end of the last line that belongs to the value. */
  readonly valueEnd: number;
  /** Behind the line end of that line. */
  readonly end: number;
}

/** The fields of one stanza, at least one. */
export interface StanzaSyntax {
  readonly start: number;
  readonly fields: readonly FieldSyntax[];
}

const offset: P.Parser<number> = P((_input, i) => P.makeSuccess(i, i));

/** US-ASCII but control characters, space and colon; the first one neither `#` nor `-`. */
export const fieldName = P.regexp(/[!"$-,./0-9;-~][!-9;-~]*/).desc("field name");

/** `#` in the first column: the line is ignored, even between continuation lines. */
const comment = P.regexp(/#[^\n]*/).desc("comment");

/** The end of a line: LF, CRs before it dropped, or the end of the text. */
const lineEnd = P.alt(P.string("\n"), P.eof).desc("end of line");

/** A line or the rest of one: its text, and where that and its line end are over. */
interface LineSyntax {
  readonly text: string;
  readonly textEnd: number;
  readonly end: number;
}

/** Anything but a NUL up to the end of the line. */
const restOfLine: P.Parser<LineSyntax> = P.seqMap(
  offset,
  P.regexp(/[^\n\0]*/).map(cleanLine),
  lineEnd,
  offset,
  (start, text, _lineEnd, end) => ({ text, textEnd: start + text.length, end }),
);

/** A line that begins with a blank belongs to the field above it. */
const continuation = P.lookahead(P.regexp(/[ \t]/)).then(restOfLine).desc("continuation line");

const commentLine = comment.skip(lineEnd).result(undefined);

/** Name, colon, value, continuation lines. */
const field: P.Parser<FieldSyntax> = P.seqMap(
  fieldName.skip(P.string(":")),
  offset,
  restOfLine,
  P.alt(continuation, commentLine).many(),
  (name, valueStart, first, more) => {
    const lines = [first, ...more.filter((line) => line !== undefined)];
    const last = lines.at(-1) ?? first;
    const texts = lines.map((line) => line.text);
    return { name, lines: texts, valueStart, valueEnd: last.textEnd, end: last.end };
  },
);

/** An empty line; before a stanza one of blanks alone counts too. */
const emptyLine = P.regexp(/\r*\n/).desc("empty line");
const blankLine = P.regexp(/[ \t\r]*\n|[ \t\r]+$/).desc("empty line");

/** Fields up to an empty line or the end of the text. */
export const stanza: P.Parser<StanzaSyntax> = P.seqMap(
  offset,
  field.atLeast(1),
  P.alt(emptyLine, P.regexp(/\r+$/), P.eof),
  (start, fields) => ({ start, fields }),
);

/** Stanzas, and between them empty lines and comments; a byte order mark may come first. */
export const controlFile: P.Parser<readonly StanzaSyntax[]> = P.regexp(/\ufeff?/)
  .then(P.alt(blankLine.result(undefined), commentLine, stanza).many())
  .map((parts) => parts.filter((part) => part !== undefined));

/** A line without the CRs before its end. */
export function cleanLine(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end--;
  return line.slice(0, end);
}

/**
 * The value of a field: its lines joined by LF, without the blanks before and after it
 * (deb822(5): "may occur immediately before or after the value and is ignored there").
 */
export function fieldValue(lines: readonly string[]): string {
  const text = lines.join("\n");
  let start = 0;
  let end = text.length;
  while (text[start] === " " || text[start] === "\t") start++;
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(start, end);
}

/**
 * Runs a parser from an index, on text or on bytes.
 *
 * Parsimmon's own `parse` keeps a table keyed by the whole text, turns a buffer into a string for
 * it, and given the text `__proto__` writes into `Object.prototype`; so the action is called as
 * its combinators call each other.
 */
export function run<T>(parser: P.Parser<T>, input: string | Uint8Array, index = 0): P.Reply<T> {
  const { _: action } = parser as unknown as {
    _: (input: string | Uint8Array, index: number) => P.Reply<T>;
  };
  return action(input, index);
}
