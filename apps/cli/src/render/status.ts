import { ageText, type MirrorStatus, type PointerStatus } from "../mirror-status.js";
import { time } from "./duration.js";
import { escapeText } from "./escape.js";
import { filterSummary } from "./filter-words.js";
import { count, summarySize } from "./size.js";

/** What `status` prints. */
export function renderStatus(
  mirrors: readonly MirrorStatus[],
  facts: {
    readonly now: Date;
    readonly dir: string;
    /** Bytes. */
    readonly free: number;
    /** Mirrors that have files and are not configured. */
    readonly others: readonly string[];
  },
): string {
  const { now, dir, free, others } = facts;
  const blocks = mirrors.map((mirror) => [mirror.id, ...mirrorRows(mirror, now), ""]);
  const rest = others.map((id) => `${id}: not configured (mirrorctl remove ${id} frees its space)`);
  const lines = [...blocks.flat(), ...rest, `Free space in ${dir}: ${summarySize(free)}`];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}

function mirrorRows(mirror: MirrorStatus, now: Date): string[] {
  const { checked, changed, failed, frozen, snapshots, pointers } = mirror;
  return [
    row("last check", checked === undefined ? "never" : moment(checked, now)),
    ...(changed === undefined ? [] : [row("last change", moment(changed, now))]),
    ...(failed === undefined
      ? []
      : [row("failed", `${moment(failed.at, now)}: ${failed.message}`)]),
    ...(frozen === undefined ? [] : [row("frozen", frozen.join(", "))]),
    row("snapshots", String(snapshots)),
    ...pointers.flatMap((pointer) => pointerRows(pointer, now)),
  ];
}

function pointerRows(pointer: PointerStatus, now: Date): string[] {
  const { role, shows, files, bytes, suites, filters, broken } = pointer;
  if (broken !== undefined) return [row(role, broken)];
  if (shows === undefined) return [row(role, "shows nothing yet")];
  const size = `${count(files ?? 0, "file")}, ${summarySize(bytes ?? 0)}`;
  return [
    row(role, `${shows} (${size})`),
    ...suites.map(({ suite, date, validUntil }) => {
      const made =
        date === undefined ? "Release without a date" : `Release of ${moment(date, now)}`;
      const until = validUntil === undefined ? "" : `, valid until ${time(validUntil)}`;
      return row("", `${suite}: ${made}${until}`);
    }),
    ...(filters === undefined ? [] : [row("", `filters: ${filterSummary(filters)}`)]),
  ];
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(14)}${value}`;
}

function moment(date: Date, now: Date): string {
  return `${time(date)} (${ageText(now.getTime() - date.getTime())} ago)`;
}
