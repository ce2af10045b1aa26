import { type Snapshot, SnapshotError } from "@mirror/snapshot";
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
 * Removes the snapshots that the policy does not keep, and puts their names on the run's record;
 * returns why others of them stayed. Hold `store`.
 */
export function pruneSnapshots(run: Run, policy: RetentionPolicy): readonly SnapshotError[] {
  const { collection, now } = run.ports;
  const { keep, environments } = policy;
  const { removed, failed } = collection.pruneSnapshots(policy, { now: now(), keep, environments });
  for (const { name, notKept } of removed)
    if (notKept)
      run.warn("WARN_SYNC_NOT_RECORDED", `nothing is kept of ${name}: ${notKept.message}`);
  for (const { name } of removed) {
    run.pruned.push(name);
    run.emit({ type: "snapshot-pruned", name });
  }
  return failed.map(({ error }) => error);
}

/** As {@link pruneSnapshots}, to make room for something else: what stays is warned of. */
export function pruneForRoom(run: Run, policy: RetentionPolicy): void {
  try {
    for (const { message } of pruneSnapshots(run, policy))
      run.warn("WARN_SYNC_NOT_PRUNED", message);
  } catch (error) {
    warnUnpruned(run, error);
  }
}

/** The snapshots that {@link pruneSnapshots} would remove; none, with a warning, where it could not. */
export function unkeptSnapshots(run: Run, policy: RetentionPolicy): Snapshot[] {
  const { collection, now } = run.ports;
  const options = { now: now(), environments: policy.environments, dryRun: true };
  try {
    const { remove } = collection.pruneSnapshots(policy, options).plan;
    return remove.flatMap((name) => collection.snapshot(name) ?? []);
  } catch (error) {
    warnUnpruned(run, error);
    return [];
  }
}

/** Where nobody can tell what is in use, for example. */
function warnUnpruned(run: Run, error: unknown): void {
  if (!(error instanceof SnapshotError)) throw error;
  run.warn("WARN_SYNC_NOT_PRUNED", error.message);
}
