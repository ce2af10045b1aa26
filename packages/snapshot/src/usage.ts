import { SnapshotError } from "./error.js";
import type { CollectionPaths, StoreLayout } from "./layout.js";
import { printable } from "./printable.js";
import { shownTrees } from "./shown-trees.js";

/** Which symlinks show which snapshot of a collection. */
export interface Usage {
  /**
   * By name of a snapshot, the absolute paths of the symlinks of any collection, and of the pointers
   * elsewhere, that show it or something in it; their `.previous` included.
   */
  readonly snapshots: ReadonlyMap<string, readonly string[]>;
  /** What could not be read, by absolute path: something there may show any snapshot. */
  readonly unreadable: ReadonlyMap<string, SnapshotError>;
}

/** Looks which snapshots of a collection are in use. Never throws for what cannot be read. */
export function readUsage(layout: StoreLayout, paths: CollectionPaths): Usage {
  const { unreadable, below } = shownTrees(layout);
  return { snapshots: below(paths.snapshots), unreadable };
}

/** Throws the first error about what could not be read. @throws `ERR_SNAPSHOT_READ` */
export function assertReadable(usage: Usage): void {
  for (const error of usage.unreadable.values()) throw error;
}

/** The error for a snapshot that symlinks show. */
export function inUse(path: string, pointers: readonly string[]): SnapshotError {
  const shown = pointers.map((pointer) => printable(pointer)).join(", ");
  return new SnapshotError("ERR_SNAPSHOT_IN_USE", `${printable(path)}: in use, shown by ${shown}`, {
    path,
    pointers,
  });
}

/** The error for a snapshot that is marked as protected. */
export function isProtected(path: string): SnapshotError {
  return new SnapshotError("ERR_SNAPSHOT_PROTECTED", `${printable(path)}: protected`, { path });
}

/** The error for a snapshot that is not there. */
export function noSnapshot(path: string): SnapshotError {
  return new SnapshotError("ERR_SNAPSHOT_NO_SNAPSHOT", `${printable(path)}: no such snapshot`, {
    path,
  });
}
