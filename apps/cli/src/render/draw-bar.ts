import { duration } from "./duration.js";
import { escapeText } from "./escape.js";
import { logSize } from "./size.js";

/** What the bar of a mirror shows. */
export interface Progressed {
  readonly id: string;
  /** `3/10 packages`. */
  readonly files: string;
  readonly bytes: number;
  readonly started: Date;
}

/** How far the mirror is, and what there is to draw it on. */
export interface BarOptions {
  /** 0 to 1. */
  readonly progress: number;
  /** Bytes. */
  readonly total: number;
  /** Of the longest id, so that the bars of all mirrors begin below each other. */
  readonly idWidth: number;
  /** Of the terminal. */
  readonly columns: number;
  readonly now: Date;
}

/** One line: `debian [=====-----]  50.0% 3/10 packages 4.2 GB 12 MB/s ETA 5m 3s`. */
export function drawBar(progressed: Progressed, options: BarOptions): string {
  const { id, files, bytes, started } = progressed;
  const { progress, total, idWidth, columns, now } = options;
  const elapsed = (now.getTime() - started.getTime()) / 1000;
  const rate = elapsed > 0.5 ? bytes / elapsed : 0;
  const left = rate > 0 ? duration(((total - bytes) / rate) * 1000) : "-";
  const width = Math.max(5, Math.min(30, columns - 70 - idWidth));
  const full = Math.round(progress * width);
  const text =
    `${id.padEnd(idWidth)} [${"=".repeat(full)}${"-".repeat(width - full)}] ` +
    `${(progress * 100).toFixed(1).padStart(5)}% ${files} ` +
    `${logSize(bytes)} ${logSize(rate)}/s ETA ${left}`;
  return escapeText(text).slice(0, columns - 1);
}
