import type { SnapshotErrorCode } from "@mirror/snapshot";
import type { Keyring, VerifyErrorCode } from "@mirror/verify";
import type { DigestCache } from "./digest-cache.js";
import type { SyncErrorCode } from "./error.js";
import type { Amount } from "./events.js";
import type { IndexGroup } from "./index-group.js";
import type { KeyFaultCode } from "./key-fault.js";
import type { Digester } from "./ports/digester.js";
import type { Unpacker } from "./ports/unpack.js";

/** How a tree is verified. */
export interface VerifyTreeOptions {
  /**
   * `quick`: signatures, indices by their hashes, every file there with its size. `full`: besides,
   * every file by all its hashes.
   */
  readonly level: "quick" | "full";
  /** Without one no signature is checked, and a warning says so. */
  readonly keyring?: Keyring | undefined;
  /** If not empty, only these primary keys count. */
  readonly fingerprints?: readonly string[] | undefined;
  /** The time to judge at. */
  readonly now: Date;
  /** How far in the future a signature may have been made, in ms; 10 s if not given. */
  readonly maxFuture?: number | undefined;
  readonly unpacker: Unpacker;
  readonly signal?: AbortSignal | undefined;
  /** Shared by the verifications of trees that share files: each of these is read once. */
  readonly cache?: DigestCache | undefined;
  /** Hashes the files; without one this thread does. */
  readonly digester?: Digester | undefined;
  /** Told ten times a second at most; must not throw. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far a verification is. */
export interface VerifyProgress {
  readonly done: Amount;
  /** All files of the tree; bytes are those of files that are hashed whole, 0 for `quick`. */
  readonly work: Amount;
}

/** Codes of what {@link TreeProblem} alone can say. */
export type TreeFaultCode =
  | "ERR_SYNC_TREE_NO_FACTS"
  | "ERR_SYNC_TREE_MISSING_FILE"
  | "ERR_SYNC_TREE_NOT_A_FILE"
  | "ERR_SYNC_TREE_WRONG_SIZE"
  | "ERR_SYNC_TREE_WRONG_CONTENT"
  | "ERR_SYNC_TREE_UNREADABLE"
  | "ERR_SYNC_TREE_NOT_IN_MANIFEST"
  | "ERR_SYNC_TREE_NOT_AS_LISTED"
  | "ERR_SYNC_TREE_RELEASES_DIFFER";

/** Why a tree is not what it must be; codes of errors of the packages below pass through. */
export type TreeProblemCode = TreeFaultCode | SyncErrorCode | VerifyErrorCode | SnapshotErrorCode;

/** One thing that is wrong with a tree. */
export interface TreeProblem {
  readonly code: TreeProblemCode;
  /** In the tree; empty where the tree as a whole is meant. */
  readonly path: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message: string;
}

/** Codes of what a verification warns of: the tree is as it was sealed, but should be looked at. */
export type TreeWarningCode =
  | "WARN_SYNC_UNVERIFIED"
  | "WARN_SYNC_SIGNATURE"
  | "WARN_SYNC_EXPIRED_RELEASE"
  | KeyFaultCode
  | "WARN_SYNC_EXTRA_FILE";

/** One thing to look at. */
export interface TreeWarning {
  readonly code: TreeWarningCode;
  /** Where it is about one suite. */
  readonly suite?: string;
  /** Where it is about one file or directory. */
  readonly path?: string;
  readonly message: string;
}

/** How many packages one index lists. */
export interface GroupCount extends IndexGroup {
  /** Stanzas that count. */
  readonly packages: number;
}

/** What came of a verification. */
export interface TreeVerification {
  readonly level: "quick" | "full";
  /** Empty if and only if the tree is what its manifest and its signed metadata say. */
  readonly problems: readonly TreeProblem[];
  readonly warnings: readonly TreeWarning[];
  /** Files of the manifest. */
  readonly files: number;
  readonly bytes: number;
  /** Of the indices that could be read. */
  readonly groups: readonly GroupCount[];
}
