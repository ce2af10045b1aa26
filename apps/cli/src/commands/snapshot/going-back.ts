import { type SealedTree, SnapshotError } from "@mirror/snapshot";
import { type SuiteReport, suitesOf } from "@mirror/sync";
import type { Log } from "../../render/log.js";

/**
 * Whether apt would take a suite of `tree` for older than the one that `shown` has. Nobody knows
 * where the record of what was shown is damaged, and going back must not fail for it.
 */
export function isOlder(tree: SealedTree, shown: SealedTree): boolean {
  try {
    return hasOlderSuite(tree, shown);
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
}

function hasOlderSuite(tree: SealedTree, shown: SealedTree): boolean {
  const dates = new Map(suitesOf(shown).map((suite) => [suite.suite, dateOf(suite)]));
  return suitesOf(tree).some((suite) => {
    const [date, other] = [dateOf(suite), dates.get(suite.suite)];
    return date !== undefined && other !== undefined && date < other;
  });
}

/** The Date that clients see. */
function dateOf({ date, resigned }: SuiteReport): Date | undefined {
  return resigned?.date ?? date;
}

/** Says what clients make of a production that went back, and what helps. */
export function warnOfOlder(log: Log, id: string, tree: SealedTree): void {
  const canReissue = suitesOf(tree).every(({ resigned }) => resigned !== undefined);
  const reissue = `mirrorctl snapshot rollback ${id} --to ${tree.generation} --reissue`;
  log.warn(
    "apt never goes back to an older Release: clients that have seen the newer one keep its lists, " +
      "and get 404 for the files that were withdrawn",
    {
      mirror: id,
      hint: `on such clients: rm -rf /var/lib/apt/lists/*, then apt update${canReissue ? `; or for all of them: ${reissue}` : ""}`,
    },
  );
}
