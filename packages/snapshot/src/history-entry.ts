import { isAbsolute } from "node:path";
import { isName } from "./layout.js";

/** Who did something, as the caller says. */
export interface By {
  readonly user: string;
  /** Who asked for it through `sudo` or the like. */
  readonly sudoUser?: string | undefined;
  readonly host: string;
}

/** One thing that happened to a collection. */
export interface HistoryEntry {
  readonly at: Date;
  /** A word of the caller's own; `rollback` has a meaning to `shownBefore`. */
  readonly kind: string;
  readonly by: By;
  /** What was run, in a few words; never a secret. */
  readonly command: string;
  /** The pointer that moved: a name in the public directory, or an absolute path. */
  readonly pointer?: string | undefined;
  /** The tree that the pointer showed before: the name of a snapshot, or a generation. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The caller's own JSON. */
  readonly note?: unknown;
}

const MAX_BYTES = 1 << 20;

/** The line of an entry in a history, without its end. @throws `TypeError` for more than 1 MiB */
export function historyLine(entry: HistoryEntry): string {
  const { at, kind, by, command, pointer, from, to, note } = entry;
  const line = JSON.stringify({ at: at.toISOString(), kind, by, command, pointer, from, to, note });
  if (Buffer.byteLength(line) >= MAX_BYTES)
    throw new TypeError("an entry of a history: more than 1 MiB");
  return line;
}

/** The entry that a line tells of; undefined for garbage. */
export function parseHistoryLine(line: string): HistoryEntry | undefined {
  const entry = record(parse(line));
  const by = record(entry?.by);
  const at = new Date(text(entry?.at) ?? Number.NaN);
  const kind = text(entry?.kind);
  const user = text(by?.user);
  const host = text(by?.host);
  const command = text(entry?.command);
  if (Number.isNaN(at.getTime()) || kind === undefined || command === undefined) return undefined;
  if (user === undefined || host === undefined) return undefined;
  const sudoUser = text(by?.sudoUser);
  const pointer = text(entry?.pointer);
  const from = text(entry?.from);
  const to = text(entry?.to);
  // Names and paths of an entry are used: whatever else stands there is garbage.
  if (![from, to].every((name) => name === undefined || isName(name))) return undefined;
  if (pointer !== undefined && !isName(pointer) && !isPlainPath(pointer)) return undefined;
  return {
    at,
    kind,
    by: { user, ...(sudoUser === undefined ? {} : { sudoUser }), host },
    command,
    ...(pointer === undefined ? {} : { pointer }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(entry?.note === undefined ? {} : { note: entry.note }),
  };
}

function isPlainPath(path: string): boolean {
  return isAbsolute(path) && [...path].every((char) => char >= " " && char !== "\x7f");
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
