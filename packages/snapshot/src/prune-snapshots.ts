import { clearSnapshots } from "./clear-snapshots.js";
import { SnapshotError } from "./error.js";
import type { ManifestFile } from "./manifest-file.js";
import { lastMoved, shownBefore } from "./move.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import { type PrunePlan, type PrunePolicy, planPrune } from "./plan-prune.js";
import { pointerPlace } from "./pointer-place.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { type RemovedSnapshot, removeFound } from "./remove-snapshot.js";
import { listSnapshots, type Snapshot } from "./snapshot.js";
import { assertReadable, readUsage } from "./usage.js";

/** How many of its last moves a pointer can be taken back over, whatever the policy. */
const MOVES = 2;

/** How snapshots are pruned. */
export interface PruneOptions {
  readonly now: Date;
  /** The pointers whose last two moves count: names or absolute paths. */
  readonly environments: readonly string[];
  /** Plans, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** As in `removeSnapshot`. */
  readonly keep?: ((file: ManifestFile, name: string) => boolean) | undefined;
}

/** What a prune did. */
export interface PruneReport {
  readonly plan: PrunePlan;
  readonly removed: readonly (RemovedSnapshot & { readonly name: string })[];
  /** Those that could not be removed; the others were. */
  readonly failed: readonly { readonly name: string; readonly error: SnapshotError }[];
}

/** Prunes the snapshots of a collection; see `Collection.pruneSnapshots`. */
export function pruneSnapshots(
  places: KnownPlaces,
  policy: PrunePolicy,
  options: PruneOptions,
): PruneReport {
  const { layout, paths } = places;
  assertOwnSnapshots(layout, paths.snapshots);
  if (options.dryRun !== true) clearSnapshots(paths.snapshots);
  const usage = readUsage(layout, paths);
  assertReadable(usage);
  const inUse = new Set(usage.snapshots.keys());
  for (const environment of options.environments) {
    const at = pointerPlace(places, environment);
    for (const name of shownBefore(places, at).slice(0, MOVES)) inUse.add(name);
    for (const name of lastMoved(places, at, MOVES)) inUse.add(name);
  }
  const snapshots = listSnapshots(paths.snapshots);
  const latest = ofLatest(places, snapshots);
  if (latest) inUse.add(latest.name);
  const plan = planPrune(snapshots, policy, { now: options.now, inUse });
  const removed: (RemovedSnapshot & { name: string })[] = [];
  const failed: { name: string; error: SnapshotError }[] = [];
  const doomed = new Set(options.dryRun === true ? [] : plan.remove);
  for (const snapshot of snapshots.filter(({ name }) => doomed.has(name))) {
    const { name } = snapshot;
    try {
      removed.push({ name, ...removeFound(places, snapshot, usage, { keep: options.keep }) });
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      failed.push({ name, error });
    }
  }
  return { plan, removed, failed };
}

/** The newest snapshot of what `latest` shows, if automatic: without it, the next run makes another. */
function ofLatest(places: KnownPlaces, snapshots: readonly Snapshot[]): Snapshot | undefined {
  const entry = readPublicEntry(places, places.paths.pointers, "latest");
  if (entry.kind !== "pointer") return undefined;
  const newest = snapshots.findLast(({ source }) => source === entry.tree.generation);
  return newest?.automatic ? newest : undefined;
}
