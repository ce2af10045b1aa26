import { checkSnapshots } from "./check-snapshots.js";
import { copyNeed } from "./copy-need.js";
import {
  type CreatedSnapshot,
  type CreateSnapshotOptions,
  createSnapshot,
} from "./create-snapshot.js";
import { SnapshotError } from "./error.js";
import { readHistory } from "./history.js";
import type { HistoryEntry } from "./history-entry.js";
import { keptTree, readKept } from "./keep-removed.js";
import { checkName, historyPath, type MarkKind, snapshotPaths } from "./layout.js";
import { type MarkNote, putMark, removeMark } from "./marks.js";
import { type Move, type MoveOptions, movePointer, record, shownBefore } from "./move.js";
import type { PrunePolicy } from "./plan-prune.js";
import { readPointer } from "./pointer.js";
import { pointerPlace } from "./pointer-place.js";
import { printable } from "./printable.js";
import { type PruneOptions, type PruneReport, pruneSnapshots } from "./prune-snapshots.js";
import type { KnownPlaces } from "./public-entry.js";
import { type RemovedCollection, removeCollection } from "./remove-collection.js";
import {
  type RemovedSnapshot,
  type RemoveSnapshotOptions,
  removeSnapshot,
} from "./remove-snapshot.js";
import { sealedPaths } from "./sealed-paths.js";
import type { SealedTree } from "./sealed-tree.js";
import { listSnapshots, readSnapshot, type Snapshot } from "./snapshot.js";
import { freedBy, type Space, type UniqueBytes, uniqueBytes } from "./unique-bytes.js";
import { noSnapshot, readUsage, type Usage } from "./usage.js";

/**
 * The part of a collection that is about snapshots with names, the pointers that show them and what
 * happened to them. Whoever changes something holds `store`; readers need no lock, and what vanishes
 * while they read is not there.
 */
export interface SnapshotCollection {
  /**
   * The snapshots, oldest first; reads the first line of each manifest.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NEWER_FORMAT`
   */
  snapshots(): Snapshot[];
  /** The snapshot of that name; undefined when there is none. */
  snapshot(name: string): Snapshot | undefined;
  /**
   * Whether a snapshot can have hard links to the files of the trees, by trying: `copies` means that
   * `createSnapshot` wants `copy`. Makes the directories that are missing.
   */
  checkSnapshots(): "links" | "copies";
  /**
   * Makes a snapshot of a sealed tree: hard links to its files, its facts, a name. It has its name in
   * its directory from the moment in which it is whole and on disk.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NO_TREE`, `ERR_SNAPSHOT_TREE_EXISTS`;
   * `ERR_SNAPSHOT_IN_USE`, `ERR_SNAPSHOT_PROTECTED` with `replace`;
   * `ERR_SNAPSHOT_OTHER_FILE_SYSTEM` without `copy`; `ERR_SNAPSHOT_NOT_AS_RECORDED` and
   * `ERR_SNAPSHOT_BAD_MANIFEST` when the tree is damaged; `ERR_SNAPSHOT_NOT_SYNCED`,
   * `ERR_SNAPSHOT_ABORTED`. There is no new snapshot then
   */
  createSnapshot(options: CreateSnapshotOptions): Promise<CreatedSnapshot>;
  /**
   * What a snapshot of a tree, of what `latest` shows unless given, takes where snapshots lie on
   * another file system than the trees: what would be copied. Nothing where both are one.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NO_TREE`, `ERR_SNAPSHOT_READ`
   */
  copyNeed(tree?: SealedTree): Space;
  /**
   * Removes a snapshot that nothing shows and nobody protects. Needs no room on the disk. With
   * `force` the pointers that show it, their `.previous` and the top-level links through them go
   * first; other symlinks are never removed, and keep it from going.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NO_SNAPSHOT`, `ERR_SNAPSHOT_IN_USE`,
   * `ERR_SNAPSHOT_PROTECTED`; `ERR_SNAPSHOT_READ` when nobody can tell what is shown
   */
  removeSnapshot(name: string, options?: RemoveSnapshotOptions): RemovedSnapshot;
  /**
   * What `keep` kept of a snapshot that was removed: its manifest, or the file of this SHA-256.
   * Undefined when it was not kept.
   */
  kept(name: string, content: "manifest" | { readonly sha256: string }): Buffer | undefined;
  /**
   * The tree of a snapshot that was removed, by the manifest that was kept, which is written into
   * `directory`, yours: its header and its list of files can be read; the files are gone.
   */
  keptTree(name: string, directory: string): SealedTree | undefined;
  /**
   * Removes what the policy gives no reason to keep. Kept besides is what any symlink shows and what
   * the environments showed before and after their last two moves, and the newest snapshot of
   * what `latest` shows, if automatic. A removal that fails does not stop the others.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ` when nobody can tell what is shown
   */
  pruneSnapshots(policy: PrunePolicy, options: PruneOptions): PruneReport;
  /** Marks a snapshot, so that only force removes it. @throws `ERR_SNAPSHOT_NO_SNAPSHOT` */
  protect(name: string, note: MarkNote): void;
  /** Takes that mark away, if there is one. @throws `ERR_SNAPSHOT_NO_SNAPSHOT` */
  unprotect(name: string): void;
  /** Marks a snapshot as one that was gone back from. @throws `ERR_SNAPSHOT_NO_SNAPSHOT` */
  reject(name: string, note: MarkNote): void;
  /** Takes that mark away, if there is one. @throws `ERR_SNAPSHOT_NO_SNAPSHOT` */
  unreject(name: string): void;
  /** Which symlinks show which snapshot. */
  usage(): Usage;
  /** What only this tree holds: what its removal would free. Walks the tree. */
  uniqueBytes(tree: SealedTree): UniqueBytes;
  /**
   * What the removal of all of these trees would free. Walks them without holding up others in this
   * process.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`; the reason of the signal
   */
  freedBy(
    trees: readonly SealedTree[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Space>;
  /**
   * Moves a pointer as `swap` does and appends it to the history.
   *
   * @throws {@link SnapshotError} as `swap`
   */
  move(pointer: string, tree: SealedTree, options: MoveOptions): Move;
  /**
   * Names of what a pointer showed before, newest first, as a stack: a move of the kind `rollback`
   * takes off it what it goes back to. Names of what is gone stay in it.
   */
  shownBefore(pointer: string): string[];
  /** Appends to the history, on disk on return. @throws `ERR_SNAPSHOT_WRITE` */
  record(entry: HistoryEntry): void;
  /**
   * Removes all of the collection: pointers and links, snapshots whatever their marks, trees, state,
   * history. What was not made here stays, and so do the lock files. Hold `sync` and `store`.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_IN_USE` when a pointer of another collection, or one
   * elsewhere that its history does not tell of, shows something of it; `ERR_SNAPSHOT_READ` when nobody can tell. Nothing was changed
   */
  remove(options?: { readonly dryRun?: boolean }): RemovedCollection;
  /** The history, oldest first, read while it is iterated; what is garbled in it is passed over. */
  history(): Generator<HistoryEntry, void, undefined>;
}

/** The snapshots of a collection. Looks at nothing. */
export function openSnapshots(places: KnownPlaces): SnapshotCollection {
  const { layout, paths } = places;
  const directory = paths.snapshots;
  const existing = (name: string) => {
    const found = snapshotPaths(directory, checkName("snapshot", name));
    if (readSnapshot(directory, name) === undefined) throw noSnapshot(found.tree);
    return found;
  };
  const shown = () => {
    const tree = readPointer(places, pointerPlace(places, "latest"));
    if (tree === undefined) throw noTree(paths.pointers);
    return tree;
  };
  const mark = (kind: MarkKind) => (name: string, note: MarkNote) =>
    putMark(existing(name), kind, note);
  const unmark = (kind: MarkKind) => (name: string) => removeMark(existing(name), kind);
  return {
    snapshots: () => listSnapshots(directory),
    snapshot: (name) => readSnapshot(directory, name),
    checkSnapshots: () => checkSnapshots(paths),
    copyNeed: (tree) => copyNeed(paths, tree ?? shown()),
    async createSnapshot(options) {
      const tree = options.tree ?? shown();
      sealedPaths(places, tree);
      return createSnapshot(places, tree, options);
    },
    removeSnapshot: (name, options = {}) => removeSnapshot(places, name, options),
    kept: (name, content) => readKept(paths.state, checkName("snapshot", name), content),
    keptTree: (name, directory) => keptTree(paths.state, checkName("snapshot", name), directory),
    pruneSnapshots: (policy, options) => pruneSnapshots(places, policy, options),
    protect: mark("protected"),
    unprotect: unmark("protected"),
    reject: mark("rejected"),
    unreject: unmark("rejected"),
    usage: () => readUsage(layout, paths),
    uniqueBytes: (tree) => uniqueBytes([tree.path]),
    freedBy: (trees, { signal } = {}) =>
      freedBy(
        trees.map(({ path }) => path),
        signal,
      ),
    move: (pointer, tree, options) =>
      movePointer(places, pointerPlace(places, pointer), sealedPaths(places, tree), options),
    shownBefore: (pointer) => shownBefore(places, pointerPlace(places, pointer)),
    remove: (options = {}) => removeCollection(places, options.dryRun === true),
    record: (entry) => record(places, entry),
    history: () => readHistory(historyPath(paths.state)),
  };
}

function noTree(path: string): SnapshotError {
  return new SnapshotError("ERR_SNAPSHOT_NO_TREE", `${printable(path)}: latest shows no tree`, {
    path,
  });
}
