import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type DryRunReport, dryRun } from "@mirror/sync";
import type { MirrorJob } from "./mirror-job.js";
import { retentionOf } from "./retention.js";
import { openPorts, type Shared } from "./sync-ports.js";

/** Plans the sync of one mirror without a lock and without writing below `dir`. */
export async function dryRunMirror(
  job: MirrorJob,
  shared: Shared,
  scratch: string,
): Promise<DryRunReport> {
  if ("error" in job.spec) throw job.spec.error;
  const ports = openPorts(shared, job);
  const own = join(scratch, job.mirror.id);
  mkdirSync(own);
  shared.onEvent({ type: "sync-started", id: job.mirror.id });
  try {
    const retention = retentionOf(job.mirror, ports.collection);
    return await dryRun(job.spec, ports, {
      scratch: own,
      signal: shared.host.signal,
      ...(retention ? { retention } : {}),
    });
  } finally {
    await ports.fetcher.close();
  }
}
