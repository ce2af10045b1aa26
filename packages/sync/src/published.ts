import type { Collection, SealedTree } from "@mirror/snapshot";
import { factsOf, type TreeFacts } from "./facts.js";
import { countsOf, type FilterCounts } from "./filter-report.js";
import type { SuiteReport } from "./report.js";
import { readSeen } from "./seen.js";
import { suiteReport } from "./sync-report.js";

/** The suites of a tree that this engine made, as its manifest has them; none for any other tree. */
export function suitesOf(tree: SealedTree): SuiteReport[] {
  return (factsOf(tree)?.suites ?? []).map(suiteReport);
}

/** How many package and source stanzas a tree holds, as its manifest says. */
export function packagesOf(tree: SealedTree): number {
  return factsOf(tree)?.packages ?? 0;
}

/** What a tree was configured to hold; undefined for one that this engine did not make. */
export function scopeOf(
  tree: SealedTree,
): Pick<TreeFacts, "components" | "architectures" | "sources"> | undefined {
  const facts = factsOf(tree);
  if (!facts) return undefined;
  const { components, architectures, sources } = facts;
  return { components, architectures, sources };
}

/** What filters did when a tree was made; undefined where none left anything out. */
export function filterCountsOf(tree: SealedTree): FilterCounts | undefined {
  const { filters } = factsOf(tree) ?? {};
  return filters && countsOf(filters);
}

/** The directories at the root of a tree that get a link of their own. */
export function topDirectoriesOf(tree: SealedTree): readonly string[] {
  return factsOf(tree)?.topDirectories ?? [];
}

/** When a sync last found upstream's state, changed or not. */
export function lastChecked(collection: Collection): Date | undefined {
  const checked = readSeen(collection)?.checked;
  return checked === undefined ? undefined : new Date(checked);
}
