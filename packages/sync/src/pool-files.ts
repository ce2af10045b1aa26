import type { Digests } from "@mirror/deb822";
import { encodePath } from "@mirror/fetch";
import { addFile } from "./add-file.js";
import { type FilterReport, summarizeSelection } from "./filter-report.js";
import { judgeFlatArchitectures } from "./flat-architectures.js";
import { forbidden } from "./forbidden.js";
import { isFrozen } from "./frozen.js";
import { packedIndex } from "./hold-variants.js";
import { type ListingIndex, readIndexEntries } from "./index-entries.js";
import { formToRead, type HeldIndex } from "./indices.js";
import { createListingTally, type LeftOut, type ListingCount } from "./listing-tally.js";
import { poolPath, repositoryPath } from "./repository-path.js";
import { indexReader, type Run } from "./run.js";
import { type PlacedIndex, selectPackages, stayingStanzas } from "./select-packages.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import type { Present } from "./tree-source.js";
import { unreadableIndex } from "./unpack-index.js";

/** A file that an index names. */
export interface PoolFile {
  /** Below the repository's base, which is also its path in the tree. */
  readonly path: string;
  readonly size: number;
  readonly digests: Digests;
  /** A suite that lists it. */
  readonly suite: string;
}

/** Everything that the indices name and no filter leaves out. */
export interface PoolListing {
  readonly files: ReadonlyMap<string, PoolFile>;
  /** The indices that were read. */
  readonly listings: readonly PlacedIndex[];
  /** Package and source stanzas that stay, by the name of their index. */
  readonly stanzas: ReadonlyMap<string, number>;
  /** Only where there are filters. */
  readonly filtered?: FilteredListing;
}

/** What filters left out. */
export interface FilteredListing {
  readonly report: FilterReport;
  /** By the name of its index. */
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

/**
 * Reads Packages and Sources and lists every file they name, each once; with filters those of the
 * packages that stay.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX where an index breaks the format, ERR_SYNC_UNSAFE_PATH,
 * ERR_SYNC_WEAK_HASH, ERR_SYNC_UNKNOWN_ARCHITECTURE when no suite has packages of one that is
 * wanted, or ERR_SYNC_CONFLICTING_FILE when two suites name one path with different content
 */
export async function listPoolFiles(
  run: Run,
  indices: readonly HeldIndex[],
  metadata: ReadonlySet<string>,
  present: Present,
): Promise<PoolListing> {
  const placed: PlacedIndex[] = [];
  for (const held of indices) {
    const { kind, suite, name } = held.target;
    if (kind !== "packages" && kind !== "sources") continue;
    const index = listing(run, held, kind);
    const flat = isFlat(suite) ? await flatPrefix(run, index, metadata, present) : "";
    const place = (path: string) => poolPath(flat + repositoryPath(path, suite), suite, metadata);
    placed.push({ name, listing: index, place });
  }
  await judgeFlatArchitectures(run, placed);
  const selected = await select(run, placed);
  const files = new Map<string, PoolFile>();
  const count = (index: PlacedIndex) => addStaying(run, index, files, selected?.stays);
  const packages = placed.filter(({ listing: { kind } }) => kind === "packages");
  const sources = placed.filter(({ listing: { kind } }) => kind === "sources");
  // A file may be of several sources, one of which stays: they are counted once all files are known.
  if (selected) for (const index of sources) await count(index);
  const stanzas = new Map<string, number>();
  const leftOut = new Map<string, LeftOut>();
  const sum = { listed: 0, held: 0, leftOutSources: 0 };
  for (const index of selected ? [...packages, ...sources] : placed) {
    const counted = await count(index);
    stanzas.set(index.name, counted.held);
    if (counted.leftOut) leftOut.set(index.name, counted.leftOut);
    sum.listed += counted.listed;
    sum.held += counted.held;
    if (index.listing.kind === "sources") sum.leftOutSources += counted.listed - counted.held;
  }
  if (!selected) return { files, listings: placed, stanzas };
  const report = reportOf(selected.summary, sum);
  warnOfFilters(run, report);
  return { files, listings: placed, stanzas, filtered: { report, leftOut } };
}

/** Which stanzas stay, and how that came about; all that was read for it may be forgotten. */
async function select(run: Run, indices: readonly PlacedIndex[]) {
  const reader = indexReader(run);
  const selected = await selectPackages(reader, run.spec, indices);
  if (!selected) return undefined;
  const stays = await stayingStanzas(reader, selected, indices);
  return { stays, summary: summarizeSelection(selected.selection) };
}

/** Adds the files of the stanzas that stay to those known, and counts what is among these. */
async function addStaying(
  run: Run,
  { name, listing, place }: PlacedIndex,
  files: Map<string, PoolFile>,
  staying: ReadonlyMap<string, Uint8Array> | undefined,
): Promise<ListingCount> {
  const tally = createListingTally();
  const stays = staying?.get(name);
  let stanza = -1;
  for await (const batch of entries(run, listing)) {
    for (const { file, counts } of batch) {
      stanza += counts;
      const path = place(file.path);
      const isHeld = !stays || stays[stanza] === 1 || files.has(path);
      tally.add(file.path, counts, isHeld);
      if (isHeld) addFile(files, { ...file, path });
    }
  }
  return tally.count();
}

function reportOf(
  summary: ReturnType<typeof summarizeSelection>,
  { listed, held, leftOutSources }: Record<"listed" | "held" | "leftOutSources", number>,
): FilterReport {
  const sources = leftOutSources > 0 ? { sources: leftOutSources } : {};
  return { listed, stay: held, ...summary, leftOut: { ...summary.leftOut, ...sources } };
}

/** What an administrator would not expect of the filters. */
function warnOfFilters(run: Run, { stay, listed, ...report }: FilterReport): void {
  const { unsatisfied, unsatisfiedRelations = [], unknownPackages = [] } = report;
  if (stay === 0 && listed > 0) {
    run.warn("WARN_SYNC_NOTHING_STAYS", `the filters leave out all ${listed} packages`);
  }
  if (unknownPackages.length > 0) {
    const names = some(unknownPackages);
    run.warn("WARN_SYNC_PACKAGE_UNKNOWN", `no index lists what package_list names: ${names}`);
  }
  if (unsatisfied > 0) {
    const names = some(unsatisfiedRelations.map(({ name, relation }) => `${name} (${relation})`));
    const what = unsatisfied === 1 ? "dependency is" : "dependencies are";
    run.warn("WARN_SYNC_UNSATISFIED", `${unsatisfied} ${what} not met in this mirror: ${names}`);
  }
}

/** The names that fit into a message. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(", ");
  return names.length > 10 ? `${shown} and more` : shown;
}

/** The form of an index that is read. */
function listing(run: Run, held: HeldIndex, kind: ListingIndex["kind"]) {
  const form = formToRead(run, held);
  const forms = held.variants.map(({ variant }) => variant);
  if (!form) throw unreadableIndex(held.target.name, forms);
  return { ...packedIndex(held.target, form), kind };
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
  for await (const batch of entries(run, index)) {
    for (const { file } of batch) {
      const path = poolPath(file.path, suite, metadata);
      const below = directory + path;
      if (path.startsWith(directory) || present.has(path)) return "";
      if (present.has(below)) return directory;
      // Of a frozen suite another file tells, as the present tree has it.
      if (isFrozen(run.spec, suite)) continue;
      return (await nobodyHas(run, path)) ? directory : "";
    }
  }
  return "";
}

async function nobodyHas(run: Run, path: string): Promise<boolean> {
  const options = run.signal ? { signal: run.signal } : {};
  for (const base of run.spec.urls) {
    try {
      if (await run.ports.fetcher.exists(base + encodePath(path), options)) return false;
    } catch (error) {
      if (!forbidden(error)) throw error;
    }
  }
  return true;
}
