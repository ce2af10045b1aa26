import { type Digests, digestField } from "./digests.js";
import { requiredSize, requiredWord } from "./fields.js";
import { ItemGenerator } from "./item-generator.js";
import { readBatches } from "./read.js";
import type { ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";
import type { Chunk } from "./stanza-splitter.js";

/** A binary package as a Packages index lists it. */
export interface PackageEntry extends Digests {
  package: string;
  version: string;
  architecture: string;
  /** As written: relative to the root of the archive. */
  filename: string;
  /** Bytes of the file. */
  size: number;
  /** All fields, or those asked for and those above. */
  stanza: Stanza;
}

const required = ["Package", "Version", "Architecture", "Filename", "Size"];

/**
 * Reads a Packages index entry by entry.
 *
 * With `fields`, each stanza holds those and `Package`, `Version`, `Architecture`, `Filename` and
 * `Size`; a digest is there only if its field (`MD5sum`, `SHA1`, `SHA256`, `SHA512`) is among them.
 *
 * @example
 * ```ts
 * for await (const entry of readPackages(source, { fields: ["SHA256"] })) {
 *   console.log(entry.filename, entry.size, entry.sha256);
 * }
 * ```
 * @throws {@link Deb822Error} those of {@link readStanzas}; `ERR_DEB822_MISSING_FIELD`,
 *   `_BAD_VALUE` for a name with blanks in it, `_BAD_SIZE`, `_BAD_DIGEST`
 */
export function readPackages(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<PackageEntry, void, undefined> {
  return new ItemGenerator(batchesOf(source, options), packageEntry);
}

/**
 * {@link readPackages}, as many entries at once as came with a piece of the source: one promise for
 * them all, which saves a tenth of the time here, and more behind generators of one's own. An error comes in the place of the whole batch that it is in.
 *
 * @throws {@link Deb822Error} as {@link readPackages}
 */
export async function* readPackageBatches(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<PackageEntry[], void, undefined> {
  for await (const batch of batchesOf(source, options)) yield batch.map(packageEntry);
}

function batchesOf(source: AsyncIterable<Chunk> | Iterable<Chunk>, options: ReadOptions) {
  const fields = options.fields && [...required, ...options.fields];
  return readBatches(source, { ...options, ...(fields && { fields }) });
}

/**
 * The view of one stanza of a Packages index.
 *
 * @throws {@link Deb822Error} as {@link readPackages}
 */
export function packageEntry(stanza: Stanza): PackageEntry {
  const entry: PackageEntry = {
    package: requiredWord(stanza, "Package"),
    version: requiredWord(stanza, "Version"),
    architecture: requiredWord(stanza, "Architecture"),
    filename: requiredWord(stanza, "Filename"),
    size: requiredSize(stanza, "Size"),
    stanza,
  };
  const md5 = digestField(stanza, "MD5sum", "md5");
  const sha1 = digestField(stanza, "SHA1", "sha1");
  const sha256 = digestField(stanza, "SHA256", "sha256");
  const sha512 = digestField(stanza, "SHA512", "sha512");
  if (md5 !== undefined) entry.md5 = md5;
  if (sha1 !== undefined) entry.sha1 = sha1;
  if (sha256 !== undefined) entry.sha256 = sha256;
  if (sha512 !== undefined) entry.sha512 = sha512;
  return entry;
}
