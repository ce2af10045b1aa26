import P from "parsimmon";
import { type Algorithm, badDigest, parseDigest } from "./digests.js";
import { parseSize, valueError } from "./fields.js";
import { printable } from "./frame.js";
import type { Stanza } from "./stanza.js";

/** One line of a checksum list. */
export interface ChecksumLine {
  readonly digest: string;
  readonly size: string;
  readonly path: string;
}

const blanks = P.regexp(/[ \t]+/);
const word = P.regexp(/[^ \t\n]+/);

/** Digest, size and path of one file. */
const checksumLine: P.Parser<ChecksumLine> = P.seqMap(
  P.regexp(/[ \t]*/)
    .then(word)
    .desc("digest"),
  blanks.then(word).desc("size"),
  blanks.then(word).desc("path"),
  P.regexp(/[ \t]*/),
  (digest, size, path) => ({ digest, size, path }),
);

/**
 * A list of checksums as the format defines it: an empty first line, then a line for each file.
 * {@link forEachChecksum} reads the same lists; it is what a Release of 150,000 lines needs.
 */
export const checksumList: P.Parser<readonly ChecksumLine[]> = P.sepBy(
  P.alt(checksumLine, P.regexp(/[ \t]*(?=\n|$)/).result(undefined)),
  P.string("\n"),
).map((lines) => lines.filter((line) => line !== undefined));

/**
 * Calls `add` for each line of a checksum list, its digest and size checked, with the index in the
 * value at which the line starts.
 *
 * @param extraWords - how many words stand between size and path: 2 in the `Files` of `.changes`
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`
 */
export function forEachChecksum(
  stanza: Stanza,
  field: string,
  algorithm: Algorithm,
  add: (digest: string, size: number, path: string, offset: number, extra: string[]) => void,
  extraWords = 0,
): void {
  const value = stanza.get(field);
  if (value === undefined) return;
  let i = 0;
  const skipBlanks = () => {
    while (isBlank(value.charCodeAt(i))) i++;
  };
  const takeWord = () => {
    skipBlanks();
    const from = i;
    for (;;) {
      const c = value.charCodeAt(i);
      if (!(c > 0x20 || (c < 0x20 && c !== 0x09 && c !== 0x0a))) break;
      i++;
    }
    return value.slice(from, i);
  };
  while (i < value.length) {
    const lineStart = i;
    const digestText = takeWord();
    const digestOffset = i - digestText.length;
    const sizeText = takeWord();
    const sizeOffset = i - sizeText.length;
    const extra: string[] = [];
    while (extra.length < extraWords) extra.push(takeWord());
    const path = takeWord();
    skipBlanks();
    if (i < value.length && value.charCodeAt(i) !== 0x0a) break;
    if (digestText !== "") {
      if (path === "") throw badLine(stanza, field, value, lineStart);
      const digest = parseDigest(algorithm, digestText);
      if (digest === undefined) {
        throw badDigest(stanza, field, algorithm, digestText, digestOffset);
      }
      const size = parseSize(sizeText);
      if (size === undefined) {
        const found = printable(sizeText);
        const message = `expected a whole number below 2^53 as size, got "${found}"`;
        const facts = { offset: sizeOffset, found };
        throw valueError(stanza, field, "ERR_DEB822_BAD_SIZE", message, facts);
      }
      add(digest, size, path, lineStart, extra);
    }
    i++;
  }
  if (i < value.length) throw badLine(stanza, field, value, value.lastIndexOf("\n", i) + 1);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function badLine(stanza: Stanza, field: string, value: string, lineStart: number) {
  const lineEnd = value.indexOf("\n", lineStart);
  const found = printable(value.slice(lineStart, lineEnd < 0 ? undefined : lineEnd));
  const message = `expected "DIGEST SIZE PATH", got "${found}"`;
  const facts = { offset: lineStart, found };
  return valueError(stanza, field, "ERR_DEB822_BAD_CHECKSUMS", message, facts);
}
