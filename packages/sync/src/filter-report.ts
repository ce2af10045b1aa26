import type { Unsatisfied } from "./closure.js";
import type { LeftOutBy } from "./filter.js";
import type { Selection } from "./plan-selection.js";
import { sha256Of } from "./sha256-of.js";
import type { Filters } from "./spec.js";

/** How many of the packages that the indices list stay; each is counted in every index that has it. */
export interface FilterCounts {
  /** Package and source stanzas that the indices list. */
  readonly listed: number;
  /** Those of which the tree holds every file. */
  readonly stay: number;
  /** Of those that stay, binary packages that only dependencies brought in. */
  readonly added: number;
  /** The others, by what leaves them out; together with those that stay they are all. */
  readonly leftOut: Readonly<Partial<Record<LeftOutBy, number>>>;
  /** Relations of packages that stay which nothing in the mirror meets. */
  readonly unsatisfied: number;
}

/** What filters did, as reports have it. */
export interface FilterReport extends FilterCounts {
  /** The first thousand of those relations; absent where the sync found nothing new. */
  readonly unsatisfiedRelations?: readonly Unsatisfied[];
  /** The first thousand names of the package list that no index lists; absent as above. */
  readonly unknownPackages?: readonly string[];
}

/** What a tree's facts say of its filters. */
export interface FilterFacts extends FilterCounts {
  /** {@link filtersDigest} of those that it was made with. */
  readonly settings: string;
}

const MOST_NAMED = 1000;

/** Adds up what filters did with binary packages: a report but for what the indices say. */
export function summarizeSelection({
  verdicts,
  unsatisfied,
  unknown,
}: Selection): Omit<FilterReport, "listed" | "stay"> {
  const leftOut: Partial<Record<LeftOutBy, number>> = {};
  let added = 0;
  for (const verdict of verdicts) {
    if (!verdict.stays) leftOut[verdict.by] = (leftOut[verdict.by] ?? 0) + 1;
    else if (verdict.why === "dependency") added += 1;
  }
  return {
    added,
    leftOut,
    unsatisfied: unsatisfied.length,
    unsatisfiedRelations: unsatisfied.slice(0, MOST_NAMED),
    unknownPackages: unknown.slice(0, MOST_NAMED),
  };
}

/** What of a report goes into the facts of a tree. */
export function filterFacts(
  { listed, stay, added, leftOut, unsatisfied }: FilterReport,
  filters: Filters,
): FilterFacts {
  return { settings: filtersDigest(filters), listed, stay, added, leftOut, unsatisfied };
}

/** What a tree's facts say of its filters, but for which they were. */
export function countsOf({ settings: _digest, ...counts }: FilterFacts): FilterCounts {
  return counts;
}

/** The form of the digest: raised when the engine would choose other packages by the same filters. */
const VERSION = 1;

/** A digest of everything that decides which packages stay; the order of lists decides nothing. */
export function filtersDigest(filters: Filters): string {
  const settings = [
    VERSION,
    [...filters.excludePatterns].sort(),
    [...filters.includePatterns].sort(),
    [...filters.sections].sort(),
    [...filters.priorities].sort(),
    filters.packageList ?? null,
    filters.keepVersions,
    filters.withDependencies,
    filters.withDependencies && filters.withRecommends,
  ];
  return sha256Of(JSON.stringify(settings));
}
