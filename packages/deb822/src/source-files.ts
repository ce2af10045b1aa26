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
  const files = new Map<string, SourceFile>();
  for (const [field, algorithm] of lists) {
    forEachChecksum(stanza, field, algorithm, (digest, size, name, offset) => {
      const known = files.get(name) ?? { name, size };
      if (known.size !== size || (known[algorithm] ?? digest) !== digest) {
        throw conflict(stanza, field, offset, name);
      }
      known[algorithm] = digest;
      files.set(name, known);
    });
  }
  return [...files.values()];
}

function conflict(stanza: Stanza, field: string, offset: number, name: string): Deb822Error {
  const message = `${printable(name)} is listed with two sizes or two digests`;
  return valueError(stanza, field, "ERR_DEB822_CONFLICTING_FILE", message, { offset });
}
