import type { SnapshotError } from "@mirror/snapshot";
import type { Run } from "./run.js";

/** Which snapshots of a mirror stay, and what stays of the others. */
export interface RetentionPolicy {
  /** Pointers that keep what they showed at their last two moves. */
  readonly environments: readonly string[];
  /** So many of the newest are kept. */
  readonly keepLast: number;
  /** Those younger than this are kept, in ms. */
  readonly keepWithin?: number;
  /** Files of a deleted snapshot that are kept for the record. */
  keep(file: { readonly path: string }, name: string): boolean;
}

/**
 * Removes the snapshots that the policy does not keep; returns their names, and why the first of
 * those that could not be removed stayed. Hold `store`.
 */
export function pruneSnapshots(
  run: Run,
  policy: RetentionPolicy,
): { readonly pruned: readonly string[]; readonly failed?: SnapshotError } {
  const { collection, now } = run.ports;
  const { keep, environments } = policy;
  const { removed, failed } = collection.pruneSnapshots(policy, { now: now(), keep, environments });
  const pruned = removed.map(({ name }) => name);
  for (const { name, notKept } of removed)
    if (notKept)
      run.warn("WARN_SYNC_NOT_RECORDED", `nothing is kept of ${name}: ${notKept.message}`);
  for (const name of pruned) run.emit({ type: "snapshot-pruned", name });
  const [first] = failed;
  return { pruned, ...(first ? { failed: first.error } : {}) };
}
