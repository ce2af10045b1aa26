import type { Candidate, CandidateIndex } from "./candidate.js";
import { readCandidates, readSourceCandidates } from "./read-candidates.js";
import { candidateIndex, type PlacedIndex, type SelectedPackages } from "./select-packages.js";
import type { IndexReader } from "./unpack-index.js";

/** A source package as an index lists it. */
export interface ListedSource {
  readonly index: CandidateIndex;
  readonly name: string;
  readonly version: string;
  /** In the tree. */
  readonly paths: readonly string[];
}

/**
 * The packages that Packages indices list, in their order, by what they are called.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX
 */
export async function* readListedPackages(
  reader: IndexReader,
  indices: readonly PlacedIndex[],
  architectures: readonly string[],
): AsyncGenerator<Candidate> {
  for (const { name, listing, place } of indices) {
    if (listing.kind === "sources") continue;
    const index = candidateIndex(listing.suite, name);
    yield* readCandidates(reader, listing, index, { architectures, fields: [], place });
  }
}

/**
 * The source packages that Sources indices list, in their order.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX
 */
export async function* readListedSources(
  reader: IndexReader,
  indices: readonly PlacedIndex[],
): AsyncGenerator<ListedSource> {
  for (const { name: indexName, listing, place } of indices) {
    if (listing.kind !== "sources") continue;
    const index = candidateIndex(listing.suite, indexName);
    for await (const { name, version, paths } of readSourceCandidates(reader, listing))
      yield { index, name, version, paths: paths.map(place) };
  }
}

/**
 * Those of the paths that stay, as files of whatever package or source.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX
 */
export async function pathsThatStay(
  reader: IndexReader,
  { candidates, selection }: SelectedPackages,
  indices: readonly PlacedIndex[],
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const staying = new Set<string>();
  const asked = new Set(paths);
  if (asked.size === 0) return staying;
  for (const [at, { path }] of candidates.entries())
    if (selection.verdicts[at]?.stays && asked.has(path)) staying.add(path);
  for await (const source of readListedSources(reader, indices)) {
    if (!selection.wantsSource(source.name, source.version)) continue;
    for (const path of source.paths) if (asked.has(path)) staying.add(path);
  }
  return staying;
}
