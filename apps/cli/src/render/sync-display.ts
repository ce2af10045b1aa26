import type { MirrorConfig } from "@mirror/config";
import type { SyncEvent } from "@mirror/sync";
import type { Flags } from "../flags.js";
import type { Host } from "../host.js";
import { followStages } from "../stage-of-sync.js";
import { drawsLive } from "./draws-live.js";
import type { LiveProgress } from "./live-progress.js";
import type { Log } from "./log.js";
import { createSyncLines } from "./sync-lines.js";

/** Everything that listens to the mirrors of one run. */
export interface SyncDisplay {
  listen(event: SyncEvent): void;
  /** What a mirror was doing last. */
  doing(id: string): string;
  /** Takes away what is drawn for a mirror. */
  finish(id: string): void;
  /** Gives the terminal back; more than once does no harm. */
  close(): void;
}

/** Opens log lines, and on a terminal a live display; loads the latter only there. */
export async function openDisplay(options: {
  readonly log: Log;
  readonly mirrors: readonly MirrorConfig[];
  readonly flags: Flags;
  readonly host: Host;
}): Promise<SyncDisplay> {
  const { log, mirrors, flags, host } = options;
  const stages = followStages();
  const ids = mirrors.map(({ id }) => id);
  const live = drawsLive(flags, host)
    ? (await import("./live-progress.js")).createLiveProgress(host, log, ids)
    : undefined;
  const lines = createSyncLines({
    log,
    suites: new Map(mirrors.map((mirror) => [mirror.id, mirror.suites.length])),
    dryRun: flags.dryRun,
    live: live !== undefined,
    now: host.now,
  });
  return withAll(stages, lines, live);
}

function withAll(
  stages: ReturnType<typeof followStages>,
  lines: (event: SyncEvent) => void,
  live: LiveProgress | undefined,
): SyncDisplay {
  return {
    listen(event) {
      stages.listen(event);
      live?.listen(event);
      lines(event);
    },
    doing: stages.doing,
    finish: (id) => live?.finish(id),
    close: () => live?.close(),
  };
}
