import type { Phase, SyncEvent } from "@mirror/sync";
import cliProgress from "cli-progress";
import type { Host } from "../host.js";
import { drawBar, type Progressed } from "./draw-bar.js";
import type { Log } from "./log.js";

const UNITS: Readonly<Record<Phase, string>> = {
  indices: "index files",
  packages: "packages",
  reuse: "files checked",
  copy: "files copied",
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
  const output = host.stderr;
  const idWidth = Math.max(0, ...ids.map((id) => id.length));
  const bars = new cliProgress.MultiBar({
    stream: output,
    format: (_options, { progress, total }, progressed: Progressed) =>
      drawBar(progressed, {
        progress,
        total,
        idWidth,
        columns: output.columns ?? 80,
        now: host.now(),
      }),
    clearOnComplete: true,
    hideCursor: true,
    emptyOnZero: true,
    // Its own handlers would end the display before the last lines are written.
    gracefulExit: false,
  });
  const shown = new Map<string, cliProgress.SingleBar>();
  let drawing = false;

  const finish = (id: string): void => {
    const bar = shown.get(id);
    if (bar === undefined) return;
    shown.delete(id);
    bar.stop();
    bars.remove(bar);
    if (shown.size === 0) close();
  };
  const close = (): void => {
    if (!drawing) return;
    drawing = false;
    // Lines that wait to be drawn are lost by stop().
    bars.update();
    bars.stop();
    log.divert(undefined);
  };
  host.atExit(close);

  return {
    listen(event) {
      if (event.type === "phase-started" && event.work.files > 0) {
        if (!drawing) log.divert((text) => bars.log(text));
        drawing = true;
        const payload: Progressed = { id: event.id, files: "", bytes: 0, started: host.now() };
        const bar = shown.get(event.id);
        if (bar === undefined) shown.set(event.id, bars.create(event.work.bytes, 0, payload));
        else bar.start(event.work.bytes, 0, payload);
      } else if (event.type === "progress") {
        const unit = UNITS[event.phase];
        const failed = event.failed === 0 ? "" : `, ${event.failed} failed`;
        const absent = event.absent === 0 ? "" : `, ${event.absent} absent`;
        shown.get(event.id)?.update(Math.min(event.done.bytes, event.work.bytes), {
          files: `${event.done.files}/${event.work.files} ${unit}${absent}${failed}`,
          bytes: event.done.bytes,
        });
      } else if (event.type === "switched") finish(event.id);
    },
    finish,
    close,
  };
}
