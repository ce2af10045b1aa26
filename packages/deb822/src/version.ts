import P from "parsimmon";
import { Deb822Error } from "./error.js";
import { printable } from "./frame.js";
import { run } from "./grammar.js";

/** The parts of a version (deb-version(7)): `[epoch:]upstream[-revision]`. */
export interface Version {
  /** 0 where the version names none. */
  readonly epoch: number;
  readonly upstream: string;
  /** Missing in the version of a native package. */
  readonly revision?: string;
}

const epoch = P.regexp(/[0-9]{1,10}/)
  .map(Number)
  .skip(P.string(":"));
// colons belong to the upstream part only where an epoch is named, hyphens all but the last one
const parts = (part: RegExp) => P.sepBy1(P.regexp(part), P.string("-"));
const body = P.alt(
  P.seqMap(epoch, parts(/[0-9A-Za-z.+~:]*/), (number, text) => versionOf(number, text)),
  parts(/[0-9A-Za-z.+~]*/).map((text) => versionOf(0, text)),
);

/** A version as deb-version(7) defines it; that upstream begins with a digit is advice only. */
export const version: P.Parser<Version> = body
  .assert(({ upstream, revision }) => upstream !== "" && revision !== "", "upstream and revision")
  .assert(({ revision = "" }) => !revision.includes(":"), "no colon in the revision");

function versionOf(epoch: number, parts: readonly string[]): Version {
  const revision = parts.length > 1 ? parts.at(-1) : undefined;
  if (revision === undefined) return { epoch, upstream: parts.join("-") };
  return { epoch, upstream: parts.slice(0, -1).join("-"), revision };
}

/**
 * Takes a version apart.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_VERSION`
 */
export function parseVersion(text: string): Version {
  const reply = run(version, text);
  if (reply.status && reply.index === text.length && reply.value.epoch <= 0x7fffffff) {
    return reply.value;
  }
  const found = printable(text);
  throw new Deb822Error("ERR_DEB822_BAD_VERSION", `not a version: "${found}"`, { found });
}

/**
 * Orders two versions as dpkg does: negative when `a` is older, 0 when neither is, positive when
 * `a` is newer.
 *
 * Never throws: text that is no version has its place in the order too, as dpkg compares it.
 *
 * @example
 * ```ts
 * compareVersions("1.0~rc1-1", "1.0-1") < 0; // true
 * ```
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const epochEndA = epochEnd(a);
  const epochEndB = epochEnd(b);
  // a missing epoch counts as 0, and so does a missing revision
  const byEpoch = compareParts(a, 0, epochEndA, b, 0, epochEndB);
  if (byEpoch !== 0) return byEpoch;
  const fromA = epochEndA === 0 ? 0 : epochEndA + 1;
  const fromB = epochEndB === 0 ? 0 : epochEndB + 1;
  const hyphenA = revisionStart(a, fromA);
  const hyphenB = revisionStart(b, fromB);
  return (
    compareParts(a, fromA, hyphenA, b, fromB, hyphenB) ||
    compareParts(a, hyphenA + 1, a.length, b, hyphenB + 1, b.length)
  );
}

/**
 * A new array of the versions, oldest first.
 *
 * @example
 * ```ts
 * sortVersions(["1.10", "1.9", "1.9~rc1"]); // ["1.9~rc1", "1.9", "1.10"]
 * ```
 */
export function sortVersions(versions: Iterable<string>): string[] {
  return [...versions].sort(compareVersions);
}

function epochEnd(version: string): number {
  return Math.max(0, version.indexOf(":"));
}

function revisionStart(version: string, from: number): number {
  const index = version.lastIndexOf("-");
  return index < from ? version.length : index;
}

/** dpkg's verrevcmp on ranges: by turns a part without digits, and a number. */
function compareParts(
  a: string,
  startA: number,
  endA: number,
  b: string,
  startB: number,
  endB: number,
): number {
  let i = startA;
  let j = startB;
  while (i < endA || j < endB) {
    while ((i < endA && !isDigit(a.charCodeAt(i))) || (j < endB && !isDigit(b.charCodeAt(j)))) {
      const difference = weight(a, i, endA) - weight(b, j, endB);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    while (i < endA && a.charCodeAt(i) === 0x30) i++;
    while (j < endB && b.charCodeAt(j) === 0x30) j++;
    let firstDifference = 0;
    while (i < endA && j < endB && isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      firstDifference ||= a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (i < endA && isDigit(a.charCodeAt(i))) return 1;
    if (j < endB && isDigit(b.charCodeAt(j))) return -1;
    if (firstDifference !== 0) return firstDifference;
  }
  return 0;
}

/** `~` sorts before the end of a part, the end before letters, letters before the rest. */
function weight(text: string, index: number, end: number): number {
  if (index >= end) return 0;
  const code = text.charCodeAt(index);
  if (isDigit(code)) return 0;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return code;
  return code === 0x7e ? -1 : code + 256;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
