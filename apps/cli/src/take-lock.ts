import { type Collection, type Lock, SnapshotError } from "@mirror/snapshot";
import type { Round } from "./each-mirror.js";
import type { Host } from "./host.js";
import type { Log } from "./render/log.js";

/** How a lock is taken, and what its holder is called. */
export interface Locking {
  readonly command: string;
  readonly wait: boolean;
  readonly host: Host;
  readonly log: Log;
}

/**
 * Takes a lock of a mirror, or waits for it where that is wanted, and says so.
 * @throws SnapshotError ERR_SNAPSHOT_LOCKED.
 */
export async function takeLock(
  collection: Collection,
  kind: "sync" | "store",
  { command, wait, host, log }: Locking,
): Promise<Lock> {
  const holder = { command, since: host.now() };
  try {
    return await collection.lock(kind, holder, { signal: host.signal });
  } catch (error) {
    const busy = error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_LOCKED";
    if (!wait || !busy) throw error;
    log.info(`Waiting: ${error.message}`, { mirror: collection.id, code: error.code });
    return await collection.lock(kind, holder, { wait: true, signal: host.signal });
  }
}

/**
 * Does something while nobody else makes or deletes trees of a mirror, or moves its pointers.
 * @throws SnapshotError ERR_SNAPSHOT_LOCKED, and whatever `work` throws.
 */
export async function holdingStore<Result>(
  { verb, flags, host, log }: Round,
  collection: Collection,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const locking = { command: verb, wait: flags.wait, host, log };
  const lock = await takeLock(collection, "store", locking);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
