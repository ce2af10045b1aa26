import { type Collection, type SealedTree, SnapshotError } from "@mirror/snapshot";
import { suiteFactsOf } from "./facts.js";
import type { ReleaseIdentity } from "./release-identity.js";

/** What this mirror saw of upstream at earlier runs. */
export interface Seen {
  readonly suites: Readonly<Record<string, SuiteSeen>>;
  /** ISO 8601: the last run that found upstream's state, changed or not. */
  readonly checked: string;
}

/** The newest Release of one suite that was ever accepted, and how it was served. */
export interface SuiteSeen extends ReleaseIdentity {
  /** The base URL that served it; empty where that is not known any more. */
  readonly base: string;
  readonly documents: Readonly<Record<string, DocumentSeen>>;
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

/** {@link readSeen} for a user who may not read the state: what the tree says is enough then. */
export function readableSeen(collection: Collection): Seen | undefined {
  try {
    return readSeen(collection);
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_READ") return undefined;
    throw error;
  }
}

/** Remembers what was seen. */
export function writeSeen(collection: Collection, seen: Seen): void {
  collection.writeState(STATE, seen);
}

/**
 * What was seen of one suite. Where the state is lost, the published tree still knows its Release:
 * losing a file must not open the door to an older one.
 */
export function seenOf(
  seen: Seen | undefined,
  latest: SealedTree | undefined,
  suite: string,
): SuiteSeen | undefined {
  if (seen && Object.hasOwn(seen.suites, suite)) return seen.suites[suite];
  const facts = suiteFactsOf(latest, suite);
  if (!facts) return undefined;
  const documents = Object.entries(facts.upstream).map(([name, sha256]) => [name, { sha256 }]);
  return { ...facts.release, base: "", documents: Object.fromEntries(documents) };
}
