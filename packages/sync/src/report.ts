import type { Space } from "@mirror/snapshot";
import type { SyncError } from "./error.js";
import type { Amount, SyncWarningCode } from "./events.js";
import type { FilterReport } from "./filter-report.js";
import type { FreeSpace } from "./spec.js";

/** What one sync did. */
export interface SyncReport {
  readonly id: string;
  readonly outcome: "changed" | "unchanged";
  /** The generation that `latest` shows now. */
  readonly generation: string;
  /** When that generation was made. */
  readonly since: Date;
  readonly started: Date;
  readonly finished: Date;
  readonly suites: readonly SuiteReport[];
  /** Package and source stanzas that the tree holds. */
  readonly packages: number;
  /** Everything in the tree. */
  readonly tree: Amount;
  /** Fetched by this run. */
  readonly downloaded: Amount;
  /** Taken from what is on this machine: the tree before, any other tree, directories for reuse. */
  readonly reused: Amount;
  /** Only where filters leave packages out. */
  readonly filters?: FilterReport;
  /** In the tree although it has left upstream: by-hash files and files of packages. */
  readonly carried: Amount;
  /** Names of the snapshots that went to make room. */
  readonly pruned: readonly string[];
  readonly warnings: readonly SyncWarning[];
}

/** One suite as the published tree shows it. */
export interface SuiteReport {
  readonly suite: string;
  readonly codename?: string;
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Primary keys whose signatures counted, upper-case hex; empty without check. */
  readonly signedBy: readonly string[];
  /** Only where clients get a Release of the mirror's own: its Date, and the primary key that signed. */
  readonly resigned?: { readonly by: string; readonly date: Date };
}

/** Something that an administrator should know and that failed nothing. */
export interface SyncWarning {
  readonly code: SyncWarningCode;
  readonly message: string;
}

/** What a sync would do, in bytes and files. */
export interface DryRunReport {
  readonly id: string;
  readonly release: Amount;
  readonly indices: Amount;
  readonly packages: Amount;
  readonly total: Amount;
  /** Of the total, already on this machine. */
  readonly present: Amount;
  /**
   * Of these, not in the tree that `latest` shows, but in another one, or in a directory for reuse:
   * there by path or name, and size, as a dry run reads none of its packages.
   */
  readonly elsewhere: Amount;
  readonly toDownload: Amount;
  /** In the present tree, left upstream, and linked into the new tree too; not in the total. */
  readonly carried: Amount;
  /** In the present tree and not in the new one. */
  readonly toFree: Amount;
  /** Only where filters leave packages out. */
  readonly filters?: FilterReport;
  /** What a sync takes of the file system: downloads, and what each tree has of its own; about. */
  readonly needed: Space;
  readonly free: Required<FreeSpace>;
  /** Where that does not fit: what a sync would free first. */
  readonly freedFirst?: Space;
  /** What a sync would fail with, as it does not fit even then. */
  readonly refused?: SyncError;
  readonly warnings: readonly SyncWarning[];
}
