import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import { clearSnapshots, removeSealed } from "./clear-snapshots.js";
import { removeFile, syncDirectory } from "./directory.js";
import { SnapshotError } from "./error.js";
import { filesToKeep, type KeptFiles, writeKept } from "./keep-removed.js";
import { checkName, snapshotPaths } from "./layout.js";
import type { ManifestFile } from "./manifest-file.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import { prepareState } from "./prepare.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { readSnapshot, type Snapshot } from "./snapshot.js";
import { uniqueBytes } from "./unique-bytes.js";
import { assertReadable, inUse, isProtected, noSnapshot, readUsage, type Usage } from "./usage.js";

/** How a snapshot is removed. */
export interface RemoveSnapshotOptions {
  /** Also one that is protected or shown: the pointers that show it go first. */
  readonly force?: boolean | undefined;
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Files that are kept, compressed, with the manifest; nothing is kept when it picks none. */
  readonly keep?: ((file: ManifestFile, name: string) => boolean) | undefined;
  /** Called when nothing shows it any more and all of it is still there, with what has gone. */
  readonly onUnshown?: ((pointersRemoved: readonly string[]) => void) | undefined;
}

/** What a removal did. */
export interface RemovedSnapshot {
  /** The sizes of the files that nothing else had. */
  readonly bytesFreed: number;
  /** Absolute paths of the pointers, their `.previous` and top-level links that were removed. */
  readonly pointersRemoved: readonly string[];
  /** Why nothing was kept although `keep` asked for it: the disk is full even without the snapshot. */
  readonly notKept?: SnapshotError;
}

/** Removes a named snapshot; see `Collection.removeSnapshot`. */
export function removeSnapshot(
  places: KnownPlaces,
  name: string,
  options: RemoveSnapshotOptions,
): RemovedSnapshot {
  const { layout, paths } = places;
  checkName("snapshot", name);
  assertOwnSnapshots(layout, paths.snapshots);
  if (options.dryRun !== true) clearSnapshots(paths.snapshots);
  const snapshot = readSnapshot(paths.snapshots, name);
  if (snapshot === undefined) throw noSnapshot(snapshotPaths(paths.snapshots, name).tree);
  return removeFound(places, snapshot, readUsage(layout, paths), options);
}

/** {@link removeSnapshot} of a snapshot that was found, by a usage that was read. */
export function removeFound(
  places: KnownPlaces,
  snapshot: Snapshot,
  usage: Usage,
  options: RemoveSnapshotOptions,
): RemovedSnapshot {
  const { name } = snapshot;
  const paths = snapshotPaths(places.paths.snapshots, name);
  const shownBy = usage.snapshots.get(name) ?? [];
  if (options.force !== true) {
    if (shownBy.length > 0) throw inUse(paths.tree, shownBy);
    if (snapshot.protected) throw isProtected(paths.tree);
  }
  assertReadable(usage);
  const pointersRemoved = removable(places, paths.tree, shownBy);
  if (options.dryRun === true)
    return { bytesFreed: uniqueBytes([paths.tree]).bytes, pointersRemoved };
  const kept = options.keep && readKeepers(snapshot, options.keep);
  const late = kept && tryToKeep(places, name, kept) !== undefined;
  removePointers(pointersRemoved);
  options.onUnshown?.(pointersRemoved);

  let bytesFreed = 0;
  removeSealed(paths, (path) => {
    const { nlink, size } = lstatSync(path);
    if (nlink === 1) bytesFreed += size;
  });
  const notKept = late === true ? tryToKeep(places, name, kept) : undefined;
  return { bytesFreed, pointersRemoved, ...(notKept === undefined ? {} : { notKept }) };
}

/**
 * The symlinks in the order in which they can go, what others lead through last; only those that are
 * made here.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_IN_USE` for others
 */
function removable(places: KnownPlaces, tree: string, shownBy: readonly string[]): string[] {
  const kinds = shownBy.map((path) => {
    const entry = readPublicEntry(places, dirname(path), basename(path));
    const ours = entry.kind === "link" || (entry.kind === "pointer" && entry.tree.tree === tree);
    return { path, kind: ours ? entry.kind : ("foreign" as const) };
  });
  const foreign = kinds.filter(({ kind }) => kind === "foreign").map(({ path }) => path);
  if (foreign.length > 0) throw inUse(tree, foreign);
  return ["link", "pointer"].flatMap((wanted) =>
    kinds.filter(({ kind }) => kind === wanted).map(({ path }) => path),
  );
}

function removePointers(pointers: readonly string[]): void {
  for (const path of pointers) removeFile(path);
  for (const directory of new Set(pointers.map(dirname))) syncDirectory(directory);
}

/** A damaged snapshot must not be kept for ever because it cannot be kept in part. */
function readKeepers(
  snapshot: Snapshot,
  keep: (file: ManifestFile, name: string) => boolean,
): KeptFiles | undefined {
  try {
    return filesToKeep(snapshot, keep);
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_BAD_MANIFEST")
      return undefined;
    throw error;
  }
}

/** The error of a full disk: there may be room once the snapshot is gone. */
function tryToKeep(places: KnownPlaces, name: string, kept: KeptFiles): SnapshotError | undefined {
  try {
    prepareState(places.layout, places.paths);
    writeKept(places.paths.state, name, kept);
    return undefined;
  } catch (error) {
    if (error instanceof SnapshotError && ["ENOSPC", "EDQUOT"].includes(error.found ?? ""))
      return error;
    throw error;
  }
}
