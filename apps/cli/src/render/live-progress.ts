import type { SyncEvent } from "@mirror/sync";
import cliProgress from "cli-progress";
import type { Output } from "../host.js";
import { duration } from "./duration.js";
import { escapeText } from "./escape.js";
import type { Log } from "./log.js";
import { logSize } from "./size.js";

/** A display that redraws itself at the bottom of a terminal. */
export interface LiveProgress {
  listen(event: SyncEvent): void;
  /** Takes the bar of a mirror away, whatever became of it. */
  finish(id: string): void;
  /** Takes everything away and gives the terminal back to the log. */
  close(): void;
}

interface Payload {
  readonly id: string;
  readonly files: string;
  readonly bytes: number;
  readonly started: number;
}

/** One bar per mirror that downloads; log lines appear above them. */
export function createLiveProgress(output: Output, log: Log): LiveProgress {
  const bars = new cliProgress.MultiBar({
    stream: output,
    format: (_options, params, payload: Payload) => drawBar(params, payload, output.columns ?? 80),
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
  process.once("exit", close);

  return {
    listen(event) {
      if (event.type === "phase-started" && event.work.files > 0) {
        if (!drawing) log.divert((text) => bars.log(text));
        drawing = true;
        const payload: Payload = { id: event.id, files: "", bytes: 0, started: Date.now() };
        const bar = shown.get(event.id);
        if (bar === undefined) shown.set(event.id, bars.create(event.work.bytes, 0, payload));
        else bar.start(event.work.bytes, 0, payload);
      } else if (event.type === "progress") {
        const unit = event.phase === "indices" ? "index files" : "packages";
        shown.get(event.id)?.update(Math.min(event.done.bytes, event.work.bytes), {
          files: `${event.done.files}/${event.work.files} ${unit}`,
          bytes: event.done.bytes,
        });
      } else if (event.type === "switched") finish(event.id);
    },
    finish,
    close,
  };
}

function drawBar(params: cliProgress.Params, payload: Payload, columns: number): string {
  const elapsed = (Date.now() - payload.started) / 1000;
  const rate = elapsed > 0.5 ? payload.bytes / elapsed : 0;
  const left = rate > 0 ? duration(((params.total - payload.bytes) / rate) * 1000) : "-";
  const width = Math.max(5, Math.min(30, columns - 75));
  const full = Math.round(params.progress * width);
  const text =
    `${payload.id} [${"=".repeat(full)}${"-".repeat(width - full)}] ` +
    `${(params.progress * 100).toFixed(1)}% ${payload.files} ` +
    `${logSize(payload.bytes)} ${logSize(rate)}/s ETA ${left}`;
  return escapeText(text).slice(0, columns - 1);
}
