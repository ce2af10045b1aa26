import type { Candidate, CandidateIndex } from "./candidate.js";
import { compileFilters } from "./filter.js";
import type { ListingIndex } from "./index-entries.js";
import { namedIndex } from "./index-group.js";
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
  /** Files that stay, those of sources too, by path in the tree. */
  readonly paths: ReadonlySet<string>;
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
  const sources = indices.filter(({ listing }) => listing.kind === "sources");
  const fields = candidateFields(filter.filters, sources.length > 0);
  const candidates: Candidate[] = [];
  for (const { name, listing, place } of indices) {
    if (listing.kind === "sources") continue;
    const options = { architectures, fields, place };
    const index = candidateIndex(listing.suite, name);
    for await (const one of readCandidates(reader, listing, index, options)) candidates.push(one);
  }
  const selection = planSelection(filter, candidates, architectures);
  const paths = new Set(selection.paths);
  for (const { listing, place } of sources) {
    for await (const { name, version, paths: written } of readSourceCandidates(reader, listing)) {
      if (!selection.wantsSource(name, version)) continue;
      for (const path of written) paths.add(place(path));
    }
  }
  return { candidates, selection, paths };
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
