import cliProgress from "cli-progress";
import type { Host } from "../host.js";
import { drawBar, type Progressed } from "./draw-bar.js";
import type { Log } from "./log.js";

/** Bars at the bottom of a terminal, one for each mirror that is at work. */
export interface Bars {
  /** Shows the bar of a mirror, or begins it anew. */
  start(id: string, bytes: number): void;
  /** Moves it, if it is shown. */
  update(id: string, bytes: number, files: string): void;
  /** Takes the bar of a mirror away, whatever became of it. */
  finish(id: string): void;
  /** Takes everything away and gives the terminal back to the log. */
  close(): void;
}

/**
 * Bars that redraw themselves; log lines appear above them.
 * @param ids - All mirrors of the run, whose bars are to begin below each other.
 */
export function createBars(host: Host, log: Log, ids: readonly string[]): Bars {
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
  const shown = new Map<string, { readonly bar: cliProgress.SingleBar; total: number }>();
  let drawing = false;

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
    start(id, bytes) {
      if (!drawing) log.divert((text) => bars.log(text));
      drawing = true;
      const payload: Progressed = { id, files: "", bytes: 0, started: host.now() };
      const known = shown.get(id);
      if (known === undefined) {
        shown.set(id, { bar: bars.create(bytes, 0, payload), total: bytes });
        return;
      }
      known.total = bytes;
      known.bar.start(bytes, 0, payload);
    },
    update(id, bytes, files) {
      const known = shown.get(id);
      known?.bar.update(Math.min(bytes, known.total), { files, bytes });
    },
    finish(id) {
      const known = shown.get(id);
      if (known === undefined) return;
      shown.delete(id);
      known.bar.stop();
      bars.remove(known.bar);
      if (shown.size === 0) close();
    },
    close,
  };
}
