import type { Collection } from "@mirror/snapshot";

/** What this mirror saw of upstream at earlier runs; lost state only costs a full check. */
export interface Seen {
  readonly suites: Readonly<Record<string, SuiteSeen>>;
  /** ISO 8601: the last run that found upstream's state, changed or not. */
  readonly checked: string;
}

/** The newest Release of one suite that was ever accepted, and how it was served. */
export interface SuiteSeen {
  /** The base URL that served it. */
  readonly base: string;
  readonly documents: Readonly<Record<string, DocumentSeen>>;
  /** ISO 8601. */
  readonly date?: string;
  readonly codename?: string;
  readonly suite?: string;
  readonly version?: string;
  readonly origin?: string;
  readonly label?: string;
  /** ISO 8601: since when upstream has shown only older Releases than this one. */
  readonly olderSince?: string;
}

/** Validators of one Release file as served. */
export interface DocumentSeen {
  readonly sha256: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

const STATE = "seen";

/** What was seen before; nothing at the first run, or when the state is unreadable. */
export function readSeen(collection: Collection): Seen | undefined {
  const seen = collection.readState<Partial<Seen>>(STATE);
  return seen && typeof seen.suites === "object" && typeof seen.checked === "string"
    ? (seen as Seen)
    : undefined;
}

/** Remembers what was seen. */
export function writeSeen(collection: Collection, seen: Seen): void {
  collection.writeState(STATE, seen);
}

/** What was seen of one suite; safe for any suite name. */
export function seenOf(seen: Seen | undefined, suite: string): SuiteSeen | undefined {
  return seen && Object.hasOwn(seen.suites, suite) ? seen.suites[suite] : undefined;
}
