import { type Algorithm, badDigest, type Digests, parseDigest } from "./digests.js";
import type { Deb822Error } from "./error.js";
import { parseSize, rowsOf, textFields, valueError } from "./fields.js";
import { printable } from "./frame.js";
import { onlyStanza } from "./read.js";
import type { Stanza } from "./stanza.js";

/** A patch of an index, or the index at a time: size in bytes and every digest listed. */
export interface DiffFile extends Digests {
  /** Name of the patch. */
  name: string;
  size: number;
}

/** What `Packages.diff/Index` and its like hold. */
export interface DiffIndex {
  /** The index as it is now. */
  readonly current: Omit<DiffFile, "name">;
  /** The index as each patch takes it up. */
  readonly history: readonly DiffFile[];
  /** The patches unpacked. */
  readonly patches: readonly DiffFile[];
  /** The patches as they are fetched, names with their suffix. */
  readonly downloads: readonly DiffFile[];
  /** `merged` where one patch leads to the newest index. */
  readonly patchPrecedence?: string;
  readonly stanza: Stanza;
}

const prefixes: readonly (readonly [prefix: string, algorithm: Algorithm])[] = [
  ["SHA1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA512", "sha512"],
];

/**
 * Reads the text of the `Index` of a pdiff directory.
 *
 * @throws {@link Deb822Error} as {@link parseStanzas}; `ERR_DEB822_STANZA_COUNT`,
 *   `_MISSING_FIELD`, `_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`, `_CONFLICTING_FILE`
 */
export function parseDiffIndex(text: string): DiffIndex {
  const stanza = onlyStanza(text);
  const current = filesOf(stanza, "Current", 2)[0];
  if (current === undefined) throw badRow(stanza, "SHA256-Current", 0, "nothing");
  const { name: _name, ...digests } = current;
  return {
    current: digests,
    history: filesOf(stanza, "History", 3),
    patches: filesOf(stanza, "Patches", 3),
    downloads: filesOf(stanza, "Download", 3),
    ...textFields(stanza, { patchPrecedence: "X-Patch-Precedence" }),
    stanza,
  };
}

function filesOf(stanza: Stanza, what: string, columns: 2 | 3): DiffFile[] {
  const files = new Map<string, DiffFile>();
  for (const [prefix, algorithm] of prefixes) {
    const field = `${prefix}-${what}`;
    for (const { words, offset } of rowsOf(stanza.get(field))) {
      const [digestText = "", sizeText = "", name = ""] = words;
      if (words.length !== columns) throw badRow(stanza, field, offset, words.join(" "));
      const digest = parseDigest(algorithm, digestText);
      if (digest === undefined) throw badDigest(stanza, field, algorithm, digestText, offset);
      const size = parseSize(sizeText);
      if (size === undefined) {
        const found = printable(sizeText);
        const message = `expected a whole number below 2^53 as size, got "${found}"`;
        throw valueError(stanza, field, "ERR_DEB822_BAD_SIZE", message, { offset, found });
      }
      const known = files.get(name) ?? { name, size };
      if (known.size !== size || (known[algorithm] ?? digest) !== digest) {
        const message = `${printable(name)} is listed with two sizes or two digests`;
        throw valueError(stanza, field, "ERR_DEB822_CONFLICTING_FILE", message, { offset });
      }
      known[algorithm] = digest;
      files.set(name, known);
    }
  }
  return [...files.values()];
}

function badRow(stanza: Stanza, field: string, offset: number, text: string): Deb822Error {
  const found = printable(text);
  const message = `expected digest, size and name, got "${found}"`;
  return valueError(stanza, field, "ERR_DEB822_BAD_CHECKSUMS", message, { offset, found });
}
