import type { SealedTree, Space } from "@mirror/snapshot";
import { frees, type SpacePlace } from "./no-space.js";
import { pruneSnapshots, type RetentionPolicy } from "./prune-snapshots.js";
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
      await sweepSuperseded(run, holder);
      if (retention && frees(place.collection, place.directory))
        await prune(run, holder, retention);
    });
    run.emit({ type: "space-planned", needed });
  };
}

/** What {@link admitInto} would free first. Changes nothing. */
export async function wouldFree(run: Run, retention?: RetentionPolicy): Promise<Space> {
  const { collection, now } = run.ports;
  const due: SealedTree[] = collection.due({ now: now(), grace: GRACE });
  if (retention && mayPrune(storeSpace(run))) {
    const { environments } = retention;
    const options = { now: now(), environments, dryRun: true };
    const { remove } = collection.pruneSnapshots(retention, options).plan;
    due.push(...remove.flatMap((name) => collection.snapshot(name) ?? []));
  }
  return due.length === 0
    ? { bytes: 0, inodes: 0 }
    : collection.freedBy(due, { signal: run.signal });
}

/** Whether removing snapshots makes room there, and anybody can tell which are in use. */
function mayPrune({ collection, directory }: SpacePlace): boolean {
  return frees(collection, directory) && collection.usage().unreadable.size === 0;
}

/** What cannot be removed stays, and is told of when the sync has come to its own pruning. */
async function prune(run: Run, holder: Holder, retention: RetentionPolicy): Promise<void> {
  const { signal, ports } = run;
  const waiting = signal ? { wait: true, signal } : { wait: true };
  const store = await ports.collection.lock("store", holder, waiting);
  try {
    pruneSnapshots(run, retention);
  } finally {
    store.release();
  }
}
