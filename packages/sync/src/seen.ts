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
  /** The base URL that served it, without credentials; empty where that is not known any more. */
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

/** What was seen before; nothing at the first run. What does not have its shape is forgotten. */
export function readSeen(collection: Collection): Seen | undefined {
  const { suites, checked } = record(collection.readState(STATE)) ?? {};
  if (!record(suites) || typeof checked !== "string") return undefined;
  const valid = Object.entries(suites as object).filter(([, seen]) => isSuiteSeen(seen));
  return { checked, suites: Object.fromEntries(valid) };
}

function isSuiteSeen(value: unknown): value is SuiteSeen {
  const { base, documents, ...identity } = record(value) ?? {};
  return (
    typeof base === "string" &&
    record(documents) !== undefined &&
    Object.values(documents as object).every(
      (document) => record(document) && Object.values(document).every(isString),
    ) &&
    Object.values(identity).every(isString)
  );
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
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
 * What was seen of one suite. Where the state is lost, or older than the published tree (the run
 * died between the two), the tree knows its Release: that must not open the door to an older one.
 */
export function seenOf(
  seen: Seen | undefined,
  latest: SealedTree | undefined,
  suite: string,
): SuiteSeen | undefined {
  const remembered = seen && Object.hasOwn(seen.suites, suite) ? seen.suites[suite] : undefined;
  const facts = suiteFactsOf(latest, suite);
  if (!facts || (remembered && time(remembered) >= time(facts.release))) return remembered;
  const documents = Object.entries(facts.upstream).map(([name, sha256]) => [name, { sha256 }]);
  return { ...facts.release, base: "", documents: Object.fromEntries(documents) };
}

function time({ date }: ReleaseIdentity): number {
  return date === undefined ? 0 : Date.parse(date) || 0;
}
