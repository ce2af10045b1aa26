import { requiredWord } from "./fields.js";
import { ItemGenerator } from "./item-generator.js";
import { type PackageListEntry, parsePackageList } from "./package-list.js";
import { readBatches } from "./read.js";
import type { ReadOptions } from "./read-options.js";
import { fileListFields, type SourceFile, sourceFiles } from "./source-files.js";
import type { Stanza } from "./stanza.js";
import type { Chunk } from "./stanza-splitter.js";

/** A source package as a Sources index lists it. */
export interface SourceEntry {
  package: string;
  version: string;
  /** As written: relative to the root of the archive; its files lie in it. Empty where the stanza has none: the root itself. */
  directory: string;
  files: readonly SourceFile[];
  /** What it builds; with `fields`, only where `Package-List` is among them. */
  packageList: readonly PackageListEntry[];
  /** All fields, or those asked for and those above. */
  stanza: Stanza;
}

const required = ["Package", "Version", "Directory", ...fileListFields];

/**
 * Reads a Sources index entry by entry; with `fields`, each stanza holds those and the ones that
 * the view needs.
 *
 * @example
 * ```ts
 * for await (const { directory, files } of readSources(source)) {
 *   for (const file of files) console.log(`${directory}/${file.name}`, file.size);
 * }
 * ```
 * @throws {@link Deb822Error} those of {@link readStanzas}; `ERR_DEB822_MISSING_FIELD`,
 *   `_BAD_VALUE`, `_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`, `_CONFLICTING_FILE`
 */
export function readSources(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<SourceEntry, void, undefined> {
  return new ItemGenerator(batchesOf(source, options), sourceEntry);
}

/**
 * {@link readSources}, as many entries at once as came with a piece of the source. An error comes in
 * the place of the whole batch that it is in.
 *
 * @throws {@link Deb822Error} as {@link readSources}
 */
export async function* readSourceBatches(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<SourceEntry[], void, undefined> {
  for await (const batch of batchesOf(source, options)) yield batch.map(sourceEntry);
}

function batchesOf(source: AsyncIterable<Chunk> | Iterable<Chunk>, options: ReadOptions) {
  const fields = options.fields && [...options.fields, ...required];
  return readBatches(source, { ...options, ...(fields && { fields }) });
}

/**
 * The view of one stanza of a Sources index.
 *
 * @throws {@link Deb822Error} as {@link readSources}
 */
export function sourceEntry(stanza: Stanza): SourceEntry {
  return {
    package: requiredWord(stanza, "Package"),
    version: requiredWord(stanza, "Version"),
    // apt-ftparchive leaves it out for the sources of a flat repository's root.
    directory: stanza.get("Directory") ? requiredWord(stanza, "Directory") : "",
    files: sourceFiles(stanza),
    packageList: parsePackageList(stanza.get("Package-List") ?? ""),
    stanza,
  };
}
