import type { Candidate, CandidateIndex } from "./candidate.js";
import { compileFilters } from "./filter.js";
import type { ListingIndex } from "./index-entries.js";
import { namedIndex } from "./index-group.js";
import { candidatePacker } from "./packed-candidates.js";
import { planSelection, type Selection } from "./plan-selection.js";
import { candidateFields, readCandidates, readSourceCandidates } from "./read-candidates.js";
import type { MirrorSpec } from "./spec.js";
import { suiteDirectory } from "./suite-path.js";
import type { IndexReader } from "./unpack-index.js";

/** An index, and where the files that it lists lie in the tree. */
export interface PlacedIndex {
  /** Its path without compression ending. */
  readonly name: string;
  readonly listing: ListingIndex;
  place(path: string): string;
}

/** What stays of everything that the indices list. */
export interface SelectedPackages {
  readonly candidates: readonly Candidate[];
  readonly selection: Selection;
  /** The place of the first candidate behind those of each Packages index, by its name. */
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * Reads the indices and decides which of their packages stay; undefined where no filter leaves any
 * out, and then nothing is read.
 *
 * @throws SyncError ERR_SYNC_BAD_FILTER, ERR_SYNC_BAD_INDEX
 */
export async function selectPackages(
  reader: IndexReader,
  { filters, architectures }: Pick<MirrorSpec, "filters" | "architectures">,
  indices: readonly PlacedIndex[],
): Promise<SelectedPackages | undefined> {
  const filter = compileFilters(filters);
  if (!filter) return undefined;
  const fields = candidateFields(filter.filters, indices.some(isOfSources));
  const candidates: Candidate[] = [];
  const pack = candidatePacker();
  const ends = new Map<string, number>();
  for (const { name, listing, place } of indices) {
    if (listing.kind === "sources") continue;
    const options = { architectures, fields, place };
    const index = candidateIndex(listing.suite, name);
    for await (const one of readCandidates(reader, listing, index, options))
      candidates.push(pack(one));
    ends.set(name, candidates.length);
  }
  return { candidates, selection: planSelection(filter, candidates, architectures), ends };
}

/**
 * Of each index which of its stanzas stay, in its order: 1 or 0 for every stanza that names a file.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX
 */
export async function stayingStanzas(
  reader: IndexReader,
  { selection, ends }: SelectedPackages,
  indices: readonly PlacedIndex[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const staying = new Map<string, Uint8Array>();
  let from = 0;
  for (const [name, end] of ends) {
    const verdicts = selection.verdicts.slice(from, end);
    staying.set(
      name,
      Uint8Array.from(verdicts, ({ stays }) => Number(stays)),
    );
    from = end;
  }
  for (const { name, listing } of indices.filter(isOfSources)) {
    const stays: number[] = [];
    for await (const source of readSourceCandidates(reader, listing)) {
      const isWanted = selection.wantsSource(source.name, source.version);
      if (source.paths.length > 0) stays.push(Number(isWanted));
    }
    staying.set(name, Uint8Array.from(stays));
  }
  return staying;
}

function isOfSources({ listing }: PlacedIndex): boolean {
  return listing.kind === "sources";
}

/** What the place of an index says of it. */
export function candidateIndex(suite: string, name: string): CandidateIndex {
  const directory = suiteDirectory(suite);
  const named = namedIndex(name.startsWith(directory) ? name.slice(directory.length) : name);
  const { component = "", architecture = "" } = named ?? {};
  return {
    suite,
    component,
    architecture,
    isInstaller: /(?:^|\/)debian-installer$/.test(component),
  };
}
