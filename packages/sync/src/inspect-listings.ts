import { join } from "node:path";
import { carriedSince } from "./carried-mark.js";
import { SyncError } from "./error.js";
import type { SuiteFacts } from "./facts.js";
import { type ListedFile, type ListingIndex, readIndexEntries } from "./index-entries.js";
import type { SoundIndex } from "./inspect-indices.js";
import type { Inspection } from "./inspection.js";
import { createListingTally, type LeftOut } from "./listing-tally.js";
import { poolPath, repositoryPath } from "./repository-path.js";
import { isFlat } from "./suite-path.js";
import type { TreeIndex } from "./tree-indices.js";
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
  const tally = createListingTally();
  const prefix = isFlat(suite) ? await flatPrefix(inspection, reader, listing, directory) : "";
  for await (const batch of readIndexEntries(reader, listing, facts.architectures)) {
    for (const { file, counts } of batch) {
      const { path: written } = file;
      // A path that is not safe ends the reading of its index: sync would have made no such tree.
      const path = poolPath(prefix + repositoryPath(written, suite), suite, NOWHERE);
      const isLeftOut =
        index.leftOut !== undefined && isAbsent(inspection, path) && !ignored.has(path);
      tally.add(written, counts, !isLeftOut);
      if (!isLeftOut) judgeListed(inspection, path, file, ignored);
    }
  }
  const { held, leftOut } = tally.count();
  judgeLeftOut(inspection, index, leftOut);
  return held;
}

/** What is only carried along is no part of what was chosen. */
function isAbsent({ files }: Inspection, path: string): boolean {
  const recorded = files.get(path);
  return recorded === undefined || carriedSince(recorded) !== undefined;
}

/** What is absent must be what filters left out when the tree was made, to the last file. */
function judgeLeftOut(
  inspection: Inspection,
  { name, leftOut: expected }: TreeIndex,
  found: LeftOut | undefined,
): void {
  if (expected === undefined || found?.sha256 === expected.sha256) return;
  const facts = { expected: `${expected.files} files`, found: `${found?.files ?? 0} files` };
  const what =
    `the filters left out ${facts.expected} of what it lists, ` +
    `the manifest lacks ${facts.found}, not the same ones`;
  inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", name, what, facts);
}

const NOWHERE: ReadonlySet<string> = new Set();

function judgeListed(
  inspection: Inspection,
  path: string,
  { suite, size, digests }: ListedFile,
  ignored: ReadonlySet<string>,
): void {
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
  for await (const batch of readIndexEntries(reader, listing, facts.architectures)) {
    for (const { file } of batch) {
      const path = repositoryPath(file.path, listing.suite);
      if (path.startsWith(directory) || files.has(path)) return "";
      if (files.has(directory + path)) return directory;
    }
  }
  return "";
}
