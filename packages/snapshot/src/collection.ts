import { join } from "node:path";
import { removeFile } from "./directory.js";
import {
  type CollectionPaths,
  checkId,
  checkName,
  collectionPaths,
  lockPath,
  type StoreLayout,
  statePath,
  treePaths,
} from "./layout.js";
import { hideLinks, type LinkReport, showLinks } from "./links.js";
import { type Lock, type LockHolder, type LockOptions, takeLock } from "./lock.js";
import type { ManifestFile } from "./manifest-file.js";
import { checkMend, type MendedFile, mendFile } from "./mend-file.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import { checkSwap, readPointer, swapPointer } from "./pointer.js";
import { pointerPlace } from "./pointer-place.js";
import { prepareCollection, prepareLocks } from "./prepare.js";
import { removeUnshown } from "./remove-unshown.js";
import { linkInPlace, placesBeside, replaceLink } from "./replaced-link.js";
import { sealedPaths } from "./sealed-paths.js";
import { type SealedTree, sealedTree } from "./sealed-tree.js";
import { sealedTreesIn } from "./sealed-trees.js";
import { listSnapshots } from "./snapshot.js";
import { openSnapshots, type SnapshotCollection } from "./snapshot-collection.js";
import { snapshotDirectories } from "./snapshots-link.js";
import { readStateFile, writeStateFile } from "./state.js";
import { dueTrees, type SweepReport, sweepCollection } from "./sweep.js";
import { newTree } from "./tree.js";
import type { TreeBuilder } from "./tree-builder.js";

/**
 * One directory tree in its generations, and the pointers that show them.
 *
 * Nothing here takes a lock by itself. Whoever makes trees holds `sync` from before `newTree` until
 * after the seal; whoever seals, moves a pointer or sweeps holds `store`; the order is sync, then
 * store. Readers need none. All methods throw {@link SnapshotError} `ERR_SNAPSHOT_BAD_NAME` for a
 * name that breaks the rules, and `ERR_SNAPSHOT_READ` or `ERR_SNAPSHOT_WRITE` for what the
 * operating system refuses.
 */
export interface Collection extends SnapshotCollection {
  readonly id: string;
  /** Absolute; valid until the store is moved. */
  readonly paths: CollectionPaths;
  /**
   * Makes the directories that are missing, whatever the umask: the public ones 0755 at least,
   * `state`, `partial` and `locks` 0700. The store's own `dir` is one of them, its parent is not; a
   * `dir` that is there keeps its mode. Then checks that names can be made in them.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY` when a file or a symlink has the name
   * of one of them (`found` is what a symlink in the place of the public directory shows); `ERR_SNAPSHOT_WRITE` with `found: "ENOENT"` when the parent of `dir` is missing,
   * with `EACCES` or `EROFS` when one of them may not be written to; `ERR_SNAPSHOT_NEWER_FORMAT`
   * where a later version has kept what sweeps need
   */
  prepare(): void;
  /**
   * Takes one of the two locks of the collection, which exclude other processes and other holders
   * in this one, until released or until the process dies.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_LOCKED` (with `host`, `pid`, `since`, `command` as
   * far as they are known), `ERR_SNAPSHOT_LOCK_FAILED`, `ERR_SNAPSHOT_ABORTED`
   */
  lock(kind: "sync" | "store", holder: LockHolder, options?: LockOptions): Promise<Lock>;
  /** What the pointer `latest` shows; see `resolve`. */
  latest(): SealedTree | undefined;
  /**
   * What a pointer shows; undefined when there is no such pointer. As everywhere, a pointer is a name
   * in the public directory, or an absolute path in a directory that exists.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_DANGLING_POINTER` when the tree or its manifest is
   * gone; `ERR_SNAPSHOT_FOREIGN_ENTRY` when something else has that name
   */
  resolve(pointer: string): SealedTree | undefined;
  /** The sealed trees, ordered by generation. */
  trees(): SealedTree[];
  /**
   * All sealed trees: the generations, then the snapshots, also those in a directory that was
   * configured before; of each the newest first.
   */
  everyTree(): SealedTree[];
  /**
   * Puts a file of a sealed tree in its place again, where it is damaged or gone: the one change that
   * a sealed tree knows. `source` is a regular file with the bytes that the manifest names, as the
   * caller has found by hashing it. Hold `sync` and `store`.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_SEALED`, `ERR_SNAPSHOT_NOT_AS_RECORDED` for the
   * source, `ERR_SNAPSHOT_FOREIGN_ENTRY` where something else is in the place of a directory above
   * the file. What was there is there still then
   */
  mendFile(tree: SealedTree, file: ManifestFile, source: string): MendedFile;
  /**
   * Checks, before a source is looked for, that `mendFile` can come to the place of this file: throws
   * where `mendFile` would, and changes nothing. What fills the disk meanwhile is not foreseen.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_SEALED`; `ERR_SNAPSHOT_FOREIGN_ENTRY` when
   * something else is in the place of a directory above the file
   */
  checkMend(tree: SealedTree, file: ManifestFile): void;
  /**
   * Starts a tree.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_TREE_EXISTS`
   */
  newTree(generation: string): TreeBuilder;
  /**
   * Makes a pointer show a sealed tree of this store, after `.<pointer>.previous` was made to show
   * what the pointer showed. There is no instant without the pointer, and both moves are on disk on
   * return. Does nothing when it shows that tree already. A top-level link in its place gives way.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY` when something else has the name of
   * either, before anything is changed; `ERR_SNAPSHOT_NOT_SEALED`
   */
  swap(pointer: string, tree: SealedTree): void;
  /**
   * Checks, before anything is built, that `swap` can move this pointer to another tree: throws
   * where `swap` would, and changes nothing. What fills the disk meanwhile is not foreseen.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY` when something else has the name of
   * the pointer, or of its `.previous` while the pointer exists; `ERR_SNAPSHOT_WRITE` when names
   * cannot be made in the public directory
   */
  checkSwap(pointer: string): void;
  /**
   * Removes a sealed tree that no symlink of any collection shows, without a grace: one whose swap
   * failed. It loses its manifest before its first file. Returns false when there is no sealed tree
   * of that generation. Hold `store`.
   *
   * A swap that failed while its last rename was brought to disk has moved the pointer already:
   * then the tree is shown.
   *
   * @throws `TypeError` when a symlink shows the tree; {@link SnapshotError} `ERR_SNAPSHOT_READ`
   * when a public directory cannot be read, so that nobody knows; nothing was changed then
   */
  removeTree(generation: string): boolean;
  /**
   * Shows top-level directories of what a pointer shows beside the pointer: `NAME -> POINTER/NAME`.
   * A name that something else has, that begins with a dot, or that is the name of a pointer or in
   * `reserved` (names of pointers to come) gets no link and is reported.
   */
  showLinks(
    pointer: string,
    names: readonly string[],
    options?: { readonly reserved?: readonly string[] },
  ): LinkReport;
  /** Removes the links of `showLinks` that are not named; returns the names of those removed. */
  hideLinks(keep: readonly string[]): string[];
  /**
   * A value that `writeState` kept; undefined when there is none, or only garbage. Its shape is not
   * checked: the file is the caller's own.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NEWER_FORMAT`
   */
  readState<T>(name: string): T | undefined;
  /** Keeps a JSON value under a name, replaced in one step that outlasts a power cut. */
  writeState(name: string, value: unknown): void;
  /**
   * Removes what nobody needs any more: unsealed trees that are not being built by this object, all
   * temporary names, and superseded trees. A sealed tree is superseded from the first sweep that
   * finds no symlink of any collection showing it; that moment is kept on disk, and the tree goes
   * with the first sweep `grace` ms or more after it. While a public directory cannot be read, no
   * sealed tree goes. What was not made here is never removed, and neither are partial files. Hold
   * `sync` and `store`.
   */
  sweep(options: { readonly now: Date; readonly grace: number }): SweepReport;
  /** The superseded trees that a sweep would remove now. Changes nothing. */
  due(options: { readonly now: Date; readonly grace: number }): SealedTree[];
}

/** Where a collection keeps what it need not keep at the usual place. */
export interface CollectionOptions {
  /** Absolute; its snapshots lie in a directory of its id below. That of the store unless given. */
  readonly snapshots?: string | undefined;
  /**
   * Another tool's symlink in the place of the public directory gives way to it with the first swap,
   * when that directory is complete; until then there are no pointers. What the symlink shows is
   * never touched.
   */
  readonly replaceLink?: boolean | undefined;
}

/** The collection of that id. Looks at nothing. @throws `ERR_SNAPSHOT_BAD_NAME` */
export function openCollection(
  layout: StoreLayout,
  id: string,
  options: CollectionOptions,
): Collection {
  const paths = collectionPaths(layout, checkId(id), options.snapshots);
  const places = { layout, paths };
  const building = new Set<string>();
  const mayReplace = options.replaceLink === true;
  const isLinkInPlace = () => mayReplace && linkInPlace(paths.pointers) !== undefined;
  const resolvePointer = (pointer: string) =>
    isLinkInPlace() ? undefined : readPointer(places, pointerPlace(places, pointer));
  return {
    ...openSnapshots(places),
    id,
    paths,
    prepare: () => prepareCollection(places, mayReplace),
    lock(kind, holder, options) {
      return preparedLock(layout, paths, kind, holder, options);
    },
    latest: () => resolvePointer("latest"),
    resolve: resolvePointer,
    trees: () => sealedTreesIn(paths.trees),
    everyTree: () => [
      ...sealedTreesIn(paths.trees).reverse(),
      ...snapshotDirectories(paths).flatMap((directory) => listSnapshots(directory).reverse()),
    ],
    mendFile(tree, file, source) {
      const place = sealedPaths(places, tree);
      assertOwnSnapshots(layout, place.directory);
      return mendFile(place, file, source);
    },
    checkMend(tree, file) {
      const place = sealedPaths(places, tree);
      assertOwnSnapshots(layout, place.directory);
      checkMend(place, file);
    },
    newTree(generation) {
      const builder = newTree(treePaths(paths.trees, checkName("generation", generation)), () =>
        building.delete(generation),
      );
      building.add(generation);
      return builder;
    },
    swap(pointer, tree) {
      const link = isLinkInPlace();
      const own = link ? placesBeside(places) : places;
      const at = pointerPlace(own, pointer);
      // What a run that died made there was never shown, and is nothing to have been shown before.
      if (link && at.directory === own.paths.pointers) removeFile(join(at.directory, at.name));
      swapPointer(own, at, sealedPaths(own, tree));
      if (link) replaceLink(places);
    },
    checkSwap(pointer) {
      const place = pointerPlace(places, pointer);
      if (!isLinkInPlace()) checkSwap(places, place);
    },
    removeTree(generation) {
      const tree = treePaths(paths.trees, checkName("generation", generation));
      return removeUnshown(layout, tree);
    },
    showLinks(pointer, names, options) {
      checkName("pointer", pointer);
      const own = isLinkInPlace() ? placesBeside(places) : places;
      return showLinks(own, own.paths.pointers, pointer, names, options?.reserved ?? []);
    },
    hideLinks: (keep) => hideLinks(places, paths.pointers, keep),
    readState<T>(name: string) {
      return readStateFile(statePath(paths.state, checkName("state", name))) as T | undefined;
    },
    writeState(name, value) {
      writeStateFile(statePath(paths.state, checkName("state", name)), value);
    },
    due: (options) =>
      dueTrees(places, options).map((name) => sealedTree(treePaths(paths.trees, name))),
    sweep: (options) => sweepCollection(places, { ...options, building }),
  };
}

async function preparedLock(
  layout: StoreLayout,
  paths: CollectionPaths,
  kind: "sync" | "store",
  holder: LockHolder,
  options: LockOptions | undefined,
): Promise<Lock> {
  prepareLocks(layout, paths);
  return takeLock(lockPath(paths.locks, kind), holder, options);
}
