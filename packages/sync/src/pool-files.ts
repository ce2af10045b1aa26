import type { Digests } from "@mirror/deb822";
import { encodePath } from "@mirror/fetch";
import { agree } from "./contents.js";
import { SyncError } from "./error.js";
import { type ListingIndex, readIndexEntries } from "./index-entries.js";
import { type HeldIndex, packedIndex } from "./indices.js";
import { poolPath, repositoryPath } from "./repository-path.js";
import { indexReader, type Run } from "./run.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import type { Present } from "./tree-source.js";
import { readableForm, unreadableIndex } from "./unpack-index.js";

/** A file that an index names. */
export interface PoolFile {
  /** Below the repository's base, which is also its path in the tree. */
  readonly path: string;
  readonly size: number;
  readonly digests: Digests;
  /** A suite that lists it. */
  readonly suite: string;
}

/** Everything that the indices name. */
export interface PoolListing {
  readonly files: ReadonlyMap<string, PoolFile>;
  /** Package and source stanzas read, by the name of their index. */
  readonly stanzas: ReadonlyMap<string, number>;
}

/**
 * Reads Packages and Sources and lists every file they name, each once.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX where an index breaks the format, ERR_SYNC_UNSAFE_PATH,
 * ERR_SYNC_WEAK_HASH, or ERR_SYNC_CONFLICTING_FILE when two suites name one path with different
 * content
 */
export async function listPoolFiles(
  run: Run,
  indices: readonly HeldIndex[],
  metadata: ReadonlySet<string>,
  present: Present,
): Promise<PoolListing> {
  const files = new Map<string, PoolFile>();
  const stanzas = new Map<string, number>();
  for (const held of indices) {
    const { kind, suite, name } = held.target;
    if (kind !== "packages" && kind !== "sources") continue;
    const index = listing(run, held, kind);
    const flat = isFlat(suite) ? await flatPrefix(run, index, metadata, present) : "";
    let count = 0;
    for await (const entry of entries(run, index)) {
      count += entry.counts;
      const path = flat + repositoryPath(entry.file.path, suite);
      add(files, { ...entry.file, path: poolPath(path, suite, metadata) });
    }
    stanzas.set(name, count);
  }
  return { files, stanzas };
}

/** The form of an index that is read. */
function listing(run: Run, { target, variants }: HeldIndex, kind: ListingIndex["kind"]) {
  const forms = variants.map((held) => ({ ...held, compression: held.variant.compression }));
  const form = readableForm(forms, run.ports.unpacker);
  if (!form) throw unreadableIndex(target.name, forms);
  return { ...packedIndex(target, form), kind };
}

function entries(run: Run, index: ListingIndex) {
  return readIndexEntries(indexReader(run), index, run.spec.architectures);
}

/**
 * Where the files of a flat suite lie: `Filename` is relative to the repository's base, and only
 * where nothing is there to the suite's own directory, as build services write it.
 */
async function flatPrefix(
  run: Run,
  index: ListingIndex,
  metadata: ReadonlySet<string>,
  present: Present,
): Promise<string> {
  const { suite } = index;
  const directory = suiteDirectory(suite);
  if (directory === "") return "";
  for await (const { file } of entries(run, index)) {
    const path = poolPath(file.path, suite, metadata);
    const below = directory + path;
    if (path.startsWith(directory) || present.has(path)) return "";
    if (present.has(below) || (await nobodyHas(run, path))) return directory;
    return "";
  }
  return "";
}

async function nobodyHas(run: Run, path: string): Promise<boolean> {
  const options = run.signal ? { signal: run.signal } : {};
  for (const base of run.spec.urls) {
    if (await run.ports.fetcher.exists(base + encodePath(path), options)) return false;
  }
  return true;
}

function add(files: Map<string, PoolFile>, file: PoolFile): void {
  const known = files.get(file.path);
  if (!known) {
    files.set(file.path, file);
    return;
  }
  if (known.size !== file.size || !agree(known.digests, file.digests)) {
    throw new SyncError(
      "ERR_SYNC_CONFLICTING_FILE",
      `${file.path}: ${known.suite} and ${file.suite} list it with different content`,
      { path: file.path, suite: file.suite, expected: known.suite },
    );
  }
  // What either suite lists is checked.
  const more = Object.keys(file.digests).some((name) => !(name in known.digests));
  if (more) files.set(file.path, { ...known, digests: { ...known.digests, ...file.digests } });
}
