import { Deb822Error, type Digests, readPackages, readSources } from "@mirror/deb822";
import { encodePath } from "@mirror/fetch";
import { agree } from "./contents.js";
import { SyncError } from "./error.js";
import { type HeldIndex, type HeldVariant, unpackIndex } from "./indices.js";
import { listedDigests } from "./listed-digests.js";
import { poolPath, repositoryPath } from "./repository-path.js";
import type { Run } from "./run.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import type { Present } from "./tree-source.js";

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
  /** Package and source stanzas read. */
  readonly stanzas: number;
}

/** Reading order: what unpacks fastest first. */
const READABLE = ["", "gz", "zst", "xz", "bz2"];

const PACKAGE_FIELDS = [
  "Package",
  "Version",
  "Architecture",
  "Filename",
  "Size",
  "MD5sum",
  "SHA1",
  "SHA256",
  "SHA512",
];

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
  let stanzas = 0;
  for (const index of indices) {
    const { kind, suite } = index.target;
    if (kind !== "packages" && kind !== "sources") continue;
    const flat = isFlat(suite) ? await flatPrefix(run, index, metadata, present) : "";
    for await (const entry of readEntries(run, index)) {
      stanzas += entry.counts;
      const path = flat + repositoryPath(entry.file.path, suite);
      add(files, { ...entry.file, path: poolPath(path, suite, metadata) });
    }
  }
  return { files, stanzas };
}

/** A file of a stanza; `counts` is 1 for the first file of its stanza. */
interface Entry {
  readonly file: PoolFile;
  readonly counts: 0 | 1;
}

async function* readEntries(run: Run, index: HeldIndex): AsyncGenerator<Entry> {
  const { target, variants } = index;
  const bytes = unpackIndex(run, target, readableVariant(run, target.name, variants));
  try {
    yield* target.kind === "sources"
      ? sourceEntries(bytes, target.suite)
      : packageEntries(bytes, target.suite, run.spec.architectures);
  } catch (error) {
    if (!(error instanceof Deb822Error)) throw error;
    throw new SyncError("ERR_SYNC_BAD_INDEX", `${target.name}: ${error.message}`, {
      suite: target.suite,
      path: target.name,
      cause: error,
    });
  }
}

async function* packageEntries(
  bytes: AsyncIterable<Uint8Array>,
  suite: string,
  architectures: readonly string[],
): AsyncGenerator<Entry> {
  // An ordinary suite has an index for each architecture; a flat one has them all in one.
  const selects =
    isFlat(suite) && architectures.length > 0 ? new Set([...architectures, "all"]) : undefined;
  for await (const entry of readPackages(bytes, { fields: PACKAGE_FIELDS })) {
    if (selects && !selects.has(entry.architecture)) continue;
    const { filename: path, size } = entry;
    const digests = strongDigests(entry, path, suite);
    yield { file: { path, size, digests, suite }, counts: 1 };
  }
}

async function* sourceEntries(
  bytes: AsyncIterable<Uint8Array>,
  suite: string,
): AsyncGenerator<Entry> {
  for await (const { directory, files } of readSources(bytes)) {
    for (const [at, file] of files.entries()) {
      const digests = strongDigests(file, file.name, suite);
      const path = directory === "" ? file.name : `${directory}/${file.name}`;
      yield { file: { path, size: file.size, digests, suite }, counts: at === 0 ? 1 : 0 };
    }
  }
}

function readableVariant(run: Run, name: string, variants: readonly HeldVariant[]): HeldVariant {
  for (const compression of READABLE) {
    const found = variants.find(({ variant }) => variant.compression === compression);
    if (found && run.ports.unpacker.reads(compression)) return found;
  }
  const forms = variants.map(({ variant }) => variant.compression).join(", ");
  throw new SyncError(
    "ERR_SYNC_BAD_INDEX",
    `${name}: none of its compressions can be read here: ${forms}`,
    { path: name, found: forms },
  );
}

/**
 * Where the files of a flat suite lie: `Filename` is relative to the repository's base, and only
 * where nothing is there to the suite's own directory, as build services write it.
 */
async function flatPrefix(
  run: Run,
  index: HeldIndex,
  metadata: ReadonlySet<string>,
  present: Present,
): Promise<string> {
  const { suite } = index.target;
  const directory = suiteDirectory(suite);
  if (directory === "") return "";
  for await (const { file } of readEntries(run, index)) {
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

function strongDigests(entry: Digests, path: string, suite: string): Digests {
  if (entry.sha256 || entry.sha512) return listedDigests(entry);
  const message = `${suite}: ${JSON.stringify(path)} is listed with neither SHA256 nor SHA512`;
  throw new SyncError("ERR_SYNC_WEAK_HASH", message, { suite, path });
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
