import { forEachChecksum } from "./checksums.js";
import type { Algorithm, Digests } from "./digests.js";
import type { Deb822Error } from "./error.js";
import { valueError } from "./fields.js";
import { printable } from "./frame.js";
import type { Stanza } from "./stanza.js";

/** A file of a source package: its name as written, its size in bytes, and every digest listed. */
export interface SourceFile extends Digests {
  name: string;
  size: number;
}

const lists: readonly (readonly [field: string, algorithm: Algorithm])[] = [
  ["Files", "md5"],
  ["Checksums-Md5", "md5"],
  ["Checksums-Sha1", "sha1"],
  ["Checksums-Sha256", "sha256"],
  ["Checksums-Sha512", "sha512"],
];

/** The fields that {@link sourceFiles} reads. */
export const fileListFields: readonly string[] = lists.map(([field]) => field);

/**
 * The files of `Files` and of the `Checksums-*` fields, merged by name.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`,
 *   `_CONFLICTING_FILE`
 */
export function sourceFiles(stanza: Stanza): SourceFile[] {
  return mergedFiles(stanza, 0, () => {});
}

/** {@link sourceFiles} of a stanza whose `Files` has words between size and name. */
export function mergedFiles<File extends SourceFile>(
  stanza: Stanza,
  extraWords: number,
  extend: (file: File, extra: string[]) => void,
): File[] {
  const files = new Map<string, File>();
  for (const [field, algorithm] of lists) {
    const words = field === "Files" ? extraWords : 0;
    const add = (digest: string, size: number, name: string, at: number, extra: string[]) => {
      const known = files.get(name) ?? ({ name, size } as File);
      if (known.size !== size || (known[algorithm] ?? digest) !== digest) {
        throw conflict(stanza, field, at, name);
      }
      known[algorithm] = digest;
      if (words > 0) extend(known, extra);
      files.set(name, known);
    };
    forEachChecksum(stanza, field, algorithm, add, words);
  }
  return [...files.values()];
}

function conflict(stanza: Stanza, field: string, offset: number, name: string): Deb822Error {
  const message = `${printable(name)} is listed with two sizes or two digests`;
  return valueError(stanza, field, "ERR_DEB822_CONFLICTING_FILE", message, { offset });
}
