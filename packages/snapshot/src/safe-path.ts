import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

/** Linux's PATH_MAX and NAME_MAX, in bytes. */
const MAX_PATH = 4096;
const MAX_SEGMENT = 255;

// Lone surrogates all become U+FFFD on disk, so that two paths would meet in one file.
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u;
const IRREGULAR_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The normal form of a relative path that stays below whatever directory it is joined to.
 *
 * Empty and `.` segments inside are dropped (`./a//b` is `a/b`); everything else is kept as written,
 * nothing is decoded. Pure: it looks at no file system.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_UNSAFE_PATH` for a path that is absolute, is empty or
 * has nothing but dots, ends in `/` or `/.`, has a `..` segment, a control character, a backslash or
 * a lone surrogate, a segment longer than 255 bytes, or is longer than 4096 bytes as given.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { safePath } from "@mirror/snapshot";
 *
 * assert.equal(safePath("./images//logo.svg"), "images/logo.svg");
 * assert.throws(() => safePath("../etc/passwd"), { code: "ERR_SNAPSHOT_UNSAFE_PATH" });
 * ```
 */
export function safePath(path: string): string {
  // A string has at least as many bytes as characters: this bounds the work on hostile input.
  if (path.length > MAX_PATH || (path.length > MAX_PATH / 3 && Buffer.byteLength(path) > MAX_PATH))
    throw unsafe(path, `no more than ${MAX_PATH} bytes`);
  if (path === "") throw unsafe(path, "a path");
  if (path.startsWith("/")) throw unsafe(path, "a relative path");
  if (FORBIDDEN.test(path)) throw unsafe(path, "no control character, backslash or lone surrogate");
  const normal = IRREGULAR_SEGMENT.test(path) ? normalize(path) : path;
  if (normal.length > MAX_SEGMENT / 3)
    for (const segment of normal.split("/"))
      if (segment.length > MAX_SEGMENT / 3 && Buffer.byteLength(segment) > MAX_SEGMENT)
        throw unsafe(path, `segments of no more than ${MAX_SEGMENT} bytes`);
  return normal;
}

function normalize(path: string): string {
  const segments = path.split("/");
  const last = segments.at(-1);
  if (last === "" || last === ".") throw unsafe(path, "the name of a file at the end");
  if (segments.includes("..")) throw unsafe(path, "no .. segment");
  return segments.filter((segment) => segment !== "" && segment !== ".").join("/");
}

function unsafe(path: string, expected: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_UNSAFE_PATH",
    `${printable(path)}: unsafe path, expected ${expected}`,
    { path, expected, found: path },
  );
}
