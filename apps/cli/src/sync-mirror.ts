import { type Collection, type Lock, SnapshotError } from "@mirror/snapshot";
import { type SyncReport, sync } from "@mirror/sync";
import type { Host } from "./host.js";
import type { MirrorJob } from "./mirror-job.js";
import type { Log } from "./render/log.js";
import { openPorts, type Shared } from "./sync-ports.js";

/** Syncs one mirror under its lock. */
export async function syncMirror(
  job: MirrorJob,
  shared: Shared,
  options: { readonly wait: boolean; readonly log: Log },
): Promise<SyncReport> {
  if ("error" in job.spec) throw job.spec.error;
  const ports = openPorts(shared, job);
  try {
    ports.collection.prepare();
    const lock = await takeLock(ports.collection, shared.host, options);
    try {
      return await sync(job.spec, ports, { signal: shared.host.signal });
    } finally {
      lock.release();
    }
  } finally {
    await ports.fetcher.close();
  }
}

async function takeLock(
  collection: Collection,
  host: Host,
  options: { readonly wait: boolean; readonly log: Log },
): Promise<Lock> {
  const holder = { command: "sync", since: host.now() };
  try {
    return await collection.lock("sync", holder, { signal: host.signal });
  } catch (error) {
    const busy = error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_LOCKED";
    if (!options.wait || !busy) throw error;
    options.log.info(`Waiting: ${error.message}`, { mirror: collection.id, code: error.code });
    return await collection.lock("sync", holder, { wait: true, signal: host.signal });
  }
}
