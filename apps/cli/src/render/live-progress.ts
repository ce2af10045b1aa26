import type { Phase, SyncEvent } from "@mirror/sync";
import type { Host } from "../host.js";
import { createBars } from "./bars.js";
import type { Log } from "./log.js";

const UNITS: Readonly<Record<Phase, string>> = {
  indices: "index files",
  packages: "packages",
  reuse: "files checked",
  copy: "files copied",
  repair: "files",
};

/** A display that redraws itself at the bottom of a terminal. */
export interface LiveProgress {
  listen(event: SyncEvent): void;
  /** Takes the bar of a mirror away, whatever became of it. */
  finish(id: string): void;
  /** Takes everything away and gives the terminal back to the log. */
  close(): void;
}

/**
 * One bar per mirror that downloads; log lines appear above them.
 * @param ids - All mirrors of the run, whose bars are to begin below each other.
 */
export function createLiveProgress(host: Host, log: Log, ids: readonly string[]): LiveProgress {
  const bars = createBars(host, log, ids);
  return {
    listen(event) {
      if (event.type === "phase-started" && event.work.files > 0) {
        bars.start(event.id, event.work.bytes);
      } else if (event.type === "progress") {
        const failed = event.failed === 0 ? "" : `, ${event.failed} failed`;
        const absent = event.absent === 0 ? "" : `, ${event.absent} absent`;
        const files = `${event.done.files}/${event.work.files} ${UNITS[event.phase]}${absent}${failed}`;
        bars.update(event.id, event.done.bytes, files);
      } else if (event.type === "switched") bars.finish(event.id);
    },
    finish: bars.finish,
    close: bars.close,
  };
}
