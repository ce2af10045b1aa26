/** Stable codes of what can go wrong in a store. */
export type SnapshotErrorCode =
  /**
   * An id or the name of a pointer, generation, snapshot or state breaks the rule for names
   * (`expected`), or a pointer lies among the trees.
   */
  | "ERR_SNAPSHOT_BAD_NAME"
  /** A path would leave the tree, or no file can have it. */
  | "ERR_SNAPSHOT_UNSAFE_PATH"
  /** A path is wanted twice, or both as a file and as a directory. */
  | "ERR_SNAPSHOT_PATH_CONFLICT"
  /**
   * A source is gone, is no regular file, has another size or mtime than its record says, or cannot
   * be read or linked (`found` is the errno's name then).
   */
  | "ERR_SNAPSHOT_NOT_AS_RECORDED"
  /** Something that this package did not make lies where one of its entries must go. */
  | "ERR_SNAPSHOT_FOREIGN_ENTRY"
  /** A tree of that generation or a snapshot of that name exists already, sealed or not. */
  | "ERR_SNAPSHOT_TREE_EXISTS"
  /** There is nothing to take a snapshot of: `latest` shows no tree. */
  | "ERR_SNAPSHOT_NO_TREE"
  /** There is no snapshot of that name. */
  | "ERR_SNAPSHOT_NO_SNAPSHOT"
  /** Symlinks show the snapshot: `pointers`. */
  | "ERR_SNAPSHOT_IN_USE"
  /** The snapshot is marked as protected. */
  | "ERR_SNAPSHOT_PROTECTED"
  /** Snapshots lie where no hard link from the trees can go, and copies were not allowed. */
  | "ERR_SNAPSHOT_OTHER_FILE_SYSTEM"
  /** A tree without a named manifest must not be shown. */
  | "ERR_SNAPSHOT_NOT_SEALED"
  /** A pointer shows a tree that is gone or has lost its manifest. */
  | "ERR_SNAPSHOT_DANGLING_POINTER"
  /** A manifest is cut short, damaged or no manifest at all. */
  | "ERR_SNAPSHOT_BAD_MANIFEST"
  /** A manifest or state file was written by a newer version of this package. */
  | "ERR_SNAPSHOT_NEWER_FORMAT"
  /** Somebody else holds the lock: `host`, `pid`, `since`, `command`. */
  | "ERR_SNAPSHOT_LOCKED"
  /** The kernel or the `flock` program refused to lock at all. */
  | "ERR_SNAPSHOT_LOCK_FAILED"
  /** Waiting for a lock, or making a snapshot, was given up. */
  | "ERR_SNAPSHOT_ABORTED"
  /** The file system did not confirm that a tree is on disk. */
  | "ERR_SNAPSHOT_NOT_SYNCED"
  /** The operating system refused to write; `found` is the errno's name, such as `ENOSPC`. */
  | "ERR_SNAPSHOT_WRITE"
  /** The operating system refused to read; `found` is the errno's name. */
  | "ERR_SNAPSHOT_READ";

/** The facts of a {@link SnapshotError}, as far as its code has them. */
export interface SnapshotErrorFacts {
  readonly path?: string | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly host?: string | undefined;
  readonly pid?: number | undefined;
  readonly since?: Date | undefined;
  readonly command?: string | undefined;
  readonly pointers?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** The one error class of this package; programmer mistakes are `TypeError`. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code: SnapshotErrorCode;
  /** The file, directory or relative path that the error is about. */
  readonly path: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  /** Of a busy lock: the holder's host name. */
  readonly host: string | undefined;
  /** Of a busy lock: the holder's process id. */
  readonly pid: number | undefined;
  /** Of a busy lock: when the holder took it, by the holder's clock. */
  readonly since: Date | undefined;
  /** Of a busy lock: what the holder is doing. */
  readonly command: string | undefined;
  /** Of a snapshot in use: the absolute paths of the symlinks that show it. */
  readonly pointers: readonly string[] | undefined;

  constructor(code: SnapshotErrorCode, message: string, facts: SnapshotErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
    this.expected = facts.expected;
    this.found = facts.found;
    this.host = facts.host;
    this.pid = facts.pid;
    this.since = facts.since;
    this.command = facts.command;
    this.pointers = facts.pointers;
  }
}
