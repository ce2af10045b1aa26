import { closeSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { checkSnapshots } from "./check-snapshots.js";
import { clearSnapshots, clearUnsealed, nameSnapshot, replaceSnapshot } from "./clear-snapshots.js";
import { copyManifest } from "./copy-manifest.js";
import { makeDirectory, removeFile, syncDirectory } from "./directory.js";
import { reading, writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { filesOfOthers } from "./files-of-others.js";
import { checkName, type SnapshotPaths, snapshotPaths } from "./layout.js";
import { linkTree } from "./link-tree.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import { printable } from "./printable.js";
import type { KnownPlaces } from "./public-entry.js";
import type { SealedTree } from "./sealed-tree.js";
import { listSnapshots, readSnapshot, type Snapshot } from "./snapshot.js";
import { showSnapshots } from "./snapshots-link.js";
import { syncFileSystem } from "./sync-file-system.js";
import { assertReadable, inUse, isProtected, noSnapshot, readUsage } from "./usage.js";

/** How a snapshot is made. */
export interface CreateSnapshotOptions {
  readonly name: string;
  readonly created: Date;
  /** What `latest` shows unless given. */
  readonly tree?: SealedTree | undefined;
  /** Puts it in the place of a snapshot of that name, which nothing shows and nobody protects. */
  readonly replace?: boolean | undefined;
  /** Copies where hard links are not to be had; files that a snapshot has already are linked. */
  readonly copy?: boolean | undefined;
  /** Nobody asked for it by name. */
  readonly automatic?: boolean | undefined;
  /** Gives it up. */
  readonly signal?: AbortSignal | undefined;
}

/** A snapshot that was made just now. */
export interface CreatedSnapshot extends Snapshot {
  /** What became of the link `snapshots` in the public directory; `foreign`: left as it is. */
  readonly link: "made" | "kept" | "foreign";
  /**
   * What had to be copied, because no hard link was to be had, or because not everybody may read the
   * file; bytes are those of the files.
   */
  readonly copied: { readonly files: number; readonly bytes: number };
}

/** Makes a named snapshot of a sealed tree; see `Collection.createSnapshot`. */
export async function createSnapshot(
  places: KnownPlaces,
  tree: SealedTree,
  options: CreateSnapshotOptions,
): Promise<CreatedSnapshot> {
  const { layout, paths: collection } = places;
  const paths = snapshotPaths(collection.snapshots, checkName("snapshot", options.name));
  const copy = checkSnapshots(collection) === "copies";
  if (copy && options.copy !== true) throw otherFileSystem(collection.snapshots);
  assertOwnSnapshots(layout, collection.snapshots, collection.trees);
  clearSnapshots(collection.snapshots);
  const replace = checkPlace(places, paths, options.replace === true);

  writing(paths.unsealed, () => closeSync(openSync(paths.unsealed, "wx")));
  syncDirectory(paths.directory);
  try {
    writing(paths.hidden, () => mkdirSync(paths.hidden));
    makeDirectory(paths.hidden, 0o755);
    const facts = {
      created: options.created.toISOString(),
      source: tree.generation,
      ...(options.automatic === true ? { automatic: true as const } : {}),
    };
    const files = copyManifest(tree.manifestPath, paths.unsealed, facts);
    const others = copy ? filesOfOthers(tree, listSnapshots(paths.directory)) : new Map();
    const { signal } = options;
    const copied = await linkTree(tree.path, paths.hidden, files, {
      mark: paths.unsealed,
      copy,
      others,
      signal,
    });
    await syncFileSystem(paths.hidden);
    const link = showSnapshots(layout, collection);
    if (replace) replaceSnapshot(paths);
    else nameSnapshot(paths);
    const snapshot = readSnapshot(paths.directory, options.name);
    if (snapshot === undefined) throw noSnapshot(paths.tree);
    return { ...snapshot, link, copied };
  } catch (error) {
    giveUp(paths);
    throw error;
  }
}

/** Whether there is a snapshot to be replaced. Removes what is left of one that lost its tree. */
function checkPlace(places: KnownPlaces, paths: SnapshotPaths, replace: boolean): boolean {
  const isThere = (path: string) =>
    reading(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
  const there = readSnapshot(paths.directory, paths.generation);
  if (there === undefined) {
    if (isThere(paths.tree)) throw nameTaken(paths, paths.tree);
    for (const path of [paths.manifest, ...Object.values(paths.marks)]) removeFile(path);
    return false;
  }
  if (!replace) throw nameTaken(paths, paths.tree);
  if (there.protected) throw isProtected(paths.tree);
  const usage = readUsage(places.layout, places.paths);
  const pointers = usage.snapshots.get(paths.generation);
  if (pointers !== undefined) throw inUse(paths.tree, pointers);
  assertReadable(usage);
  return true;
}

/** The error that ended it matters more than one of clearing up, which the next one does again. */
function giveUp(paths: SnapshotPaths): void {
  try {
    if (lstatSync(paths.replaced, { throwIfNoEntry: false }) === undefined) clearUnsealed(paths);
  } catch {}
}

function nameTaken({ generation, tree }: SnapshotPaths, found: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_TREE_EXISTS",
    `${printable(generation)}: the name is taken, found ${printable(found)}`,
    { path: tree, found },
  );
}

function otherFileSystem(path: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_OTHER_FILE_SYSTEM",
    `${printable(path)}: no hard links from the trees, expected a directory of the same file system`,
    { path, expected: "a directory of the same file system" },
  );
}
