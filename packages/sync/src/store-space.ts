import type { SealedTree, Snapshot, Space } from "@mirror/snapshot";
import { frees, type SpacePlace } from "./no-space.js";
import { pruneForRoom, type RetentionPolicy, unkeptSnapshots } from "./prune-snapshots.js";
import { GRACE, type Holder, sweepSuperseded } from "./publish.js";
import { requireSpace } from "./require-space.js";
import type { Run } from "./run.js";

/** Lets a step write so much into the store. @throws SyncError ERR_SYNC_NO_SPACE */
export type Admit = (needed: Space) => Promise<void>;

/** The file system on which trees are made. */
export function storeSpace({ spec, ports, signal }: Run): SpacePlace {
  const { collection } = ports;
  const { trees: directory } = collection.paths;
  const freeSpace = (path: string) => ports.freeSpace(path);
  return { id: spec.id, directory, collection, freeSpace, signal };
}

/**
 * Admits what fits into the store. Where it does not, superseded trees that are due are swept and
 * snapshots are pruned first.
 *
 * @param retention - absent: snapshots are only removed by hand
 */
export function admitInto(run: Run, holder: Holder, retention?: RetentionPolicy): Admit {
  const place = storeSpace(run);
  return async (needed) => {
    await requireSpace(place, needed, async (short) => {
      run.emit({ type: "space-lacking", short });
      const { snapshots } = planRoom(run, retention);
      await sweepSuperseded(run, holder);
      if (retention && snapshots.length > 0) await prune(run, holder, retention);
    });
    run.emit({ type: "space-planned", needed });
  };
}

/** What {@link admitInto} would free first. Changes nothing. */
export async function wouldFree(run: Run, retention?: RetentionPolicy): Promise<Space> {
  const { due, snapshots } = planRoom(run, retention);
  const trees = [...due, ...snapshots];
  return trees.length === 0
    ? { bytes: 0, inodes: 0 }
    : run.ports.collection.freedBy(trees, { signal: run.signal });
}

/** What may go where space lacks. */
interface RoomPlan {
  /** Superseded trees whose grace is over. */
  readonly due: readonly SealedTree[];
  /** Those that the policy does not keep, where removing them makes room. */
  readonly snapshots: readonly Snapshot[];
}

function planRoom(run: Run, retention: RetentionPolicy | undefined): RoomPlan {
  const { collection, now } = run.ports;
  const due = collection.due({ now: now(), grace: GRACE });
  const mayPrune = retention && frees(collection, collection.paths.trees);
  return { due, snapshots: mayPrune ? unkeptSnapshots(run, retention) : [] };
}

/** What came meanwhile counts: once the store is held, it is looked at again what may go. */
async function prune(run: Run, holder: Holder, retention: RetentionPolicy): Promise<void> {
  const { signal, ports } = run;
  const waiting = signal ? { wait: true, signal } : { wait: true };
  const store = await ports.collection.lock("store", holder, waiting);
  try {
    pruneForRoom(run, retention);
  } finally {
    store.release();
  }
}
