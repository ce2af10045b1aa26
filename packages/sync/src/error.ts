import type { Space } from "@mirror/snapshot";
import type { Deletable } from "./plan-space.js";

/** Stable codes of what makes a sync fail. */
export type SyncErrorCode =
  | "ERR_SYNC_NO_RELEASE"
  | "ERR_SYNC_BAD_RELEASE"
  | "ERR_SYNC_FROZEN_NOT_HELD"
  | "ERR_SYNC_FROZEN_DAMAGED"
  | "ERR_SYNC_EXPIRED_RELEASE"
  | "ERR_SYNC_NOT_YET_VALID"
  | "ERR_SYNC_ROLLBACK"
  | "ERR_SYNC_RELEASE_CHANGED"
  | "ERR_SYNC_SAME_RELEASE_TWICE"
  | "ERR_SYNC_UNKNOWN_COMPONENT"
  | "ERR_SYNC_UNKNOWN_ARCHITECTURE"
  | "ERR_SYNC_WEAK_HASH"
  | "ERR_SYNC_UNSAFE_PATH"
  | "ERR_SYNC_MISSING_INDEX"
  | "ERR_SYNC_BAD_INDEX"
  | "ERR_SYNC_CONFLICTING_FILE"
  | "ERR_SYNC_MISSING_FILE"
  | "ERR_SYNC_FILES_FAILED"
  | "ERR_SYNC_NO_SPACE"
  | "ERR_SYNC_BAD_FILTER"
  | "ERR_SYNC_CONTENT_LOST"
  | "ERR_SYNC_SHRUNK"
  | "ERR_SYNC_NOT_PACKED"
  | "ERR_SYNC_NOT_RESIGNED";

/** The facts of a {@link SyncError}, as far as its code has them. */
export interface SyncErrorFacts {
  readonly suite?: string;
  readonly path?: string;
  readonly url?: string;
  readonly expected?: string;
  readonly found?: string;
  /** What failed, where one failure does not stop the others. */
  readonly failures?: readonly { readonly path: string; readonly error: Error }[];
  /** Of lacking space: whose sync it is, what it takes, what the file system of `path` has. */
  readonly mirror?: string;
  readonly needed?: Space;
  readonly free?: Space;
  /** Of the bytes that are free, those that are to stay so. */
  readonly reserve?: number;
  readonly short?: Space;
  /** Those whose deletion would free most of what lacks, and how many of the first are enough. */
  readonly snapshots?: readonly Deletable[];
  readonly enough?: number;
  readonly cause?: unknown;
}

/** The one error class of the engine; errors of fetch, verify and snapshot pass through as they are. */
export class SyncError extends Error {
  override readonly name = "SyncError";
  readonly code: SyncErrorCode;
  readonly facts: SyncErrorFacts;

  constructor(code: SyncErrorCode, message: string, facts: SyncErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.facts = facts;
  }
}
