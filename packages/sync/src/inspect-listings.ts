import { join } from "node:path";
import { SyncError } from "./error.js";
import type { SuiteFacts } from "./facts.js";
import { type ListedFile, type ListingIndex, readIndexEntries } from "./index-entries.js";
import type { SoundIndex } from "./inspect-indices.js";
import type { Inspection } from "./inspection.js";
import { poolPath, repositoryPath } from "./repository-path.js";
import { isFlat } from "./suite-path.js";
import { type IndexReader, readableForm, UNLISTED_LIMIT, unreadableIndex } from "./unpack-index.js";

/** Reads what the indices of a suite list, and compares it with the manifest. */
export async function inspectListings(
  inspection: Inspection,
  suite: SuiteFacts,
  indices: readonly SoundIndex[],
): Promise<void> {
  const ignored = new Set(inspection.facts.ignoredMissing);
  for (const sound of indices) {
    const { component, architecture, name } = sound.index;
    try {
      const packages = await inspectListing(inspection, suite, sound, ignored);
      inspection.groups.push({ suite: suite.suite, component, architecture, packages });
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      inspection.passOn(error, name);
    }
  }
}

async function inspectListing(
  inspection: Inspection,
  { suite, directory }: SuiteFacts,
  { index, forms, unpacked }: SoundIndex,
  ignored: ReadonlySet<string>,
): Promise<number> {
  const { tree, options, facts } = inspection;
  const { unpacker, signal } = options;
  const form = readableForm(forms, unpacker);
  if (!form) throw unreadableIndex(index.name, forms);
  const listing: ListingIndex = {
    suite,
    kind: index.kind,
    path: form.file.path,
    file: join(tree.path, form.file.path),
    compression: form.compression,
    limit: unpacked ?? UNLISTED_LIMIT,
  };
  const reader: IndexReader = { unpacker, signal };
  const prefix = isFlat(suite) ? await flatPrefix(inspection, reader, listing, directory) : "";
  let packages = 0;
  for await (const { file, counts } of readIndexEntries(reader, listing, facts.architectures)) {
    packages += counts;
    judgeListed(inspection, prefix, file, ignored);
  }
  return packages;
}

const NOWHERE: ReadonlySet<string> = new Set();

function judgeListed(
  inspection: Inspection,
  prefix: string,
  { path: written, suite, size, digests }: ListedFile,
  ignored: ReadonlySet<string>,
): void {
  // A path that is not safe ends the reading of its index: sync would have made no such tree.
  const path = poolPath(prefix + repositoryPath(written, suite), suite, NOWHERE);
  const recorded = inspection.files.get(path);
  if (!recorded) {
    if (ignored.has(path)) return;
    const what = `${suite} lists it, the manifest does not`;
    inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", path, what);
    return;
  }
  const expected = digests.sha256 ?? recorded.sha256;
  if (recorded.size !== size || recorded.sha256 !== expected) {
    const found = `${recorded.size} bytes with SHA256 ${recorded.sha256}`;
    const wanted = `${size} bytes with SHA256 ${expected}`;
    const what = `${suite} lists ${wanted}, the manifest has ${found}`;
    inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", path, what, { expected: wanted, found });
  } else if (inspection.options.level === "full") {
    inspection.listed.set(path, { ...inspection.listed.get(path), ...digests });
  }
}

/** Where the files of a flat suite lie in this tree: below the base, or below the suite itself. */
async function flatPrefix(
  { files, facts }: Inspection,
  reader: IndexReader,
  listing: ListingIndex,
  directory: string,
): Promise<string> {
  if (directory === "") return "";
  for await (const { file } of readIndexEntries(reader, listing, facts.architectures)) {
    const path = repositoryPath(file.path, listing.suite);
    if (path.startsWith(directory) || files.has(path)) return "";
    if (files.has(directory + path)) return directory;
  }
  return "";
}
