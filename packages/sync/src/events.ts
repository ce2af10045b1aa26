import type { Space } from "@mirror/snapshot";
import type { KeyFaultCode } from "./key-fault.js";

/**
 * Something that happened during a sync, for progress and logs. Plain data; every event names the
 * mirror by `id`.
 */
export type SyncEvent = { readonly id: string } & (
  | { readonly type: "sync-started" }
  /** A suite's Release file is asked for. */
  | { readonly type: "release-requested"; readonly suite: string }
  /** A signature counted. */
  | {
      readonly type: "signature-valid";
      readonly suite: string;
      /** Primary key, upper-case hex. */
      readonly fingerprint: string;
      readonly userId: string;
      /** Name of the keyring file that holds the key. */
      readonly keyring: string;
    }
  /** The mirror's own Release of a suite got its own key's signature. */
  | {
      readonly type: "release-signed";
      readonly suite: string;
      /** Primary key, upper-case hex. */
      readonly fingerprint: string;
    }
  /** Files of this phase that must be fetched are known now. */
  | { readonly type: "phase-started"; readonly phase: Phase; readonly work: Amount }
  /** Told for every file, and at most ten times a second for bytes; and once at the end. */
  | {
      readonly type: "progress" | "phase-finished";
      readonly phase: Phase;
      /** What has arrived. */
      readonly done: Amount;
      readonly failed: number;
      /** Files that upstream lists and lacks: forms of an index that it does not serve, for example. */
      readonly absent: number;
      readonly work: Amount;
    }
  /** A directory is looked through for contents that are wanted; told at most once a second. */
  | {
      readonly type: "directory-scanned";
      readonly directory: string;
      /** Found in it so far. */
      readonly files: number;
      readonly finished: boolean;
    }
  /** One file failed for good; the others of its phase go on. */
  | { readonly type: "file-failed"; readonly path: string; readonly error: Error }
  | { readonly type: "warning"; readonly code: SyncWarningCode; readonly message: string }
  /** Upstream published anew while it was read: the sync begins again with the new Release. */
  | { readonly type: "restarted" }
  /** Upstream and settings are as they were at the sync of `since`. */
  | { readonly type: "unchanged"; readonly since: Date }
  /** What the next steps write fits into the store: all that is left to be written now. */
  | { readonly type: "space-planned"; readonly needed: Space }
  /** It does not: what may go is removed first. */
  | { readonly type: "space-lacking"; readonly short: Space }
  /** The new tree is sealed and `latest` shows it. */
  | { readonly type: "switched"; readonly generation: string }
  /** A snapshot of the new tree is being taken, and was. */
  | { readonly type: "snapshot-started" | "snapshot-created"; readonly name: string }
  /** An environment is to show a snapshot, and does. */
  | {
      readonly type: "stage-started" | "staged";
      readonly environment: string;
      readonly name: string;
    }
  /** A snapshot that the policy does not keep is gone. */
  | { readonly type: "snapshot-pruned"; readonly name: string }
);

/**
 * Downloads come in two phases: indices decide which packages are wanted. Before each, what is here
 * already is copied, or checked and linked (`reuse`). A repair downloads in a phase of its own.
 */
export type Phase = DownloadPhase | "reuse" | "copy";

/** Phases in which upstream is asked. */
export type DownloadPhase = "indices" | "packages" | "repair";

/** Files and their bytes. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** Stable codes of what a sync warns of without failing. */
export type SyncWarningCode =
  | KeyFaultCode
  | "WARN_SYNC_UNVERIFIED"
  | "WARN_SYNC_SIGNATURE"
  | "WARN_SYNC_RELEASE_PAIR_LEFT_OUT"
  | "WARN_SYNC_RELEASE_INFO"
  | "WARN_SYNC_ROLLBACK"
  | "WARN_SYNC_NOT_OFFERED"
  | "WARN_SYNC_INDEX_MISSING"
  | "WARN_SYNC_INDEX_UNREAD"
  | "WARN_SYNC_NOT_RECORDED"
  | "WARN_SYNC_NOT_PRUNED"
  | "WARN_SYNC_PDIFFS_LEFT_OUT"
  | "WARN_SYNC_INSTALLER_LEFT_OUT"
  | "WARN_SYNC_FILE_MISSING"
  | "WARN_SYNC_LINK_LEFT_OUT"
  | "WARN_SYNC_DAMAGED"
  | "WARN_SYNC_TRACE_LEFT_OUT"
  | "WARN_SYNC_NOT_REUSED"
  | "WARN_SYNC_DIRECTORY_UNREAD"
  | "WARN_SYNC_UNSATISFIED"
  | "WARN_SYNC_PACKAGE_UNKNOWN"
  | "WARN_SYNC_NOTHING_STAYS";
