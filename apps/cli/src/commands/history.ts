import type { HistoryEntry } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round, resultsOf } from "../each-mirror.js";
import { CliError } from "../error.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { openMirrors } from "../open-mirrors.js";
import { time } from "../render/duration.js";
import { renderTable } from "../render/table.js";

/** What a pointer showed, and since when. */
interface Shown {
  readonly pointer: string;
  readonly shows: string;
  readonly since: Date;
}

/**
 * Prints what is on record of a mirror, or what each pointer showed at a time; takes no lock.
 * @returns The exit status: 1 if any mirror could not be read.
 * @throws CliError ERR_CLI_USAGE.
 */
export async function printHistory(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "history";
  const at = readTime(words.values.at);
  const { mirrors, log } = await openMirrors(words, { verb, writes: false, flags, host });
  const round: Round = { verb, doing: "reading the history", flags, host, log };
  const outcomes = await eachMirror(round, mirrors, ({ mirror, collection }) => {
    const entries = [...collection.history()];
    return { id: mirror.id, entries, shown: at === undefined ? undefined : shownAt(entries, at) };
  });
  const results = resultsOf(outcomes);
  if (!flags.json) {
    const text = at === undefined ? renderEntries(results) : renderShown(results);
    if (text !== "") host.stdout.write(text);
    else if (!flags.quiet && results.length > 0) host.stdout.write("Nothing is on record.\n");
  }
  return finishRound(round, outcomes, ({ entries, shown }) =>
    shown === undefined ? { entries } : { at: at?.toISOString(), shown },
  );
}

/** What each pointer showed at that time, by its last move before. */
export function shownAt(entries: readonly HistoryEntry[], at: Date): Shown[] {
  const shown = new Map<string, Shown>();
  for (const entry of entries) {
    const { pointer, to } = entry;
    if (pointer === undefined || entry.at > at) continue;
    if (to === undefined) shown.delete(pointer);
    else shown.set(pointer, { pointer, shows: to, since: entry.at });
  }
  return [...shown.values()];
}

interface Read {
  readonly id: string;
  readonly entries: readonly HistoryEntry[];
  readonly shown: readonly Shown[] | undefined;
}

function renderEntries(results: readonly Read[]): string {
  const rows = results.flatMap(({ id, entries }) =>
    entries.map((entry) => [time(entry.at), id, entry.kind, changeOf(entry), whoOf(entry)]),
  );
  if (rows.length === 0) return "";
  return renderTable([["TIME", "MIRROR", "WHAT", "CHANGE", "BY"], ...rows]);
}

function renderShown(results: readonly Read[]): string {
  const rows = results.flatMap(({ id, shown }) =>
    (shown ?? []).map(({ pointer, shows, since }) => [id, pointer, shows, time(since)]),
  );
  if (rows.length === 0) return "";
  return renderTable([["MIRROR", "POINTER", "SHOWED", "SINCE"], ...rows]);
}

function changeOf({ pointer, from, to, note }: HistoryEntry): string {
  if (pointer !== undefined) {
    const change = `${pointer}: ${from ?? "nothing"} -> ${to ?? "nothing"}`;
    return isRecord(note) && note.gate === "skipped" ? `${change} (past the gate)` : change;
  }
  if (!isRecord(note)) return to ?? "";
  const change = to ?? (typeof note.message === "string" ? note.message : "");
  const marks = [
    ...(note.force === true ? ["forced"] : []),
    ...(note.allowShrink === true ? ["allowed to shrink"] : []),
  ];
  return marks.length === 0 ? change : `${change} (${marks.join(", ")})`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function whoOf({ by, command }: HistoryEntry): string {
  const name = by.sudoUser === undefined ? by.user : `${by.sudoUser} (as ${by.user})`;
  return `${name}@${by.host}: ${command}`;
}

function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  // Without a zone it would mean another moment on each machine.
  const complete = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text;
  const moment = Date.parse(complete);
  const day = complete.slice(0, 10);
  // November 31st would be another day.
  const exists = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(complete);
  if (zoned && exists && !Number.isNaN(moment)) return new Date(moment);
  const expected = "a time such as 2025-10-14T12:00:00Z, or a day";
  throw new CliError("ERR_CLI_USAGE", `--at: expected ${expected}, found "${text}"`, {
    expected,
    found: text,
  });
}
