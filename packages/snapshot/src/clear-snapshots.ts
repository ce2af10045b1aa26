import { lstatSync, renameSync } from "node:fs";
import { join } from "node:path";
import { namesIn, removeDirectory, removeFile, syncDirectory } from "./directory.js";
import { errnoOf, reading, writeError, writing } from "./errno.js";
import { isTemporaryName, type SnapshotPaths, snapshotEntry, snapshotPaths } from "./layout.js";

/**
 * Clears up what operations that died left among the snapshots: a replacement that was complete is
 * carried through, whatever else was being made or taken away goes. Returns the names of snapshots
 * that were cleared away, sorted.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`, `ERR_SNAPSHOT_WRITE`
 */
export function clearSnapshots(directory: string): string[] {
  const cleared: string[] = [];
  const names = namesIn(directory);
  for (const file of names) {
    if (isTemporaryName(file) && isFile(join(directory, file))) removeFile(join(directory, file));
    const entry = snapshotEntry(file);
    if (entry?.kind === "replaced") finishReplacement(snapshotPaths(directory, entry.name));
  }
  for (const file of names) {
    const entry = snapshotEntry(file);
    if (entry === undefined) continue;
    const paths = snapshotPaths(directory, entry.name);
    const isHalf =
      (entry.kind === "unsealed" && exists(paths.unsealed)) ||
      (entry.kind === "manifest" && exists(paths.hidden) && !exists(paths.tree));
    if (!isHalf) continue;
    clearUnsealed(paths);
    cleared.push(entry.name);
  }
  return cleared.sort();
}

/**
 * Puts a complete tree and its manifest, as they lie under `hidden` and `unsealed`, in the place of
 * a sealed snapshot. May be stopped anywhere and called again.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function replaceSnapshot(paths: SnapshotPaths): void {
  rename(paths.manifest, paths.replaced);
  syncDirectory(paths.directory);
  finishReplacement(paths);
}

/** That `replaced` is there says that the new tree and its manifest are complete and on disk. */
function finishReplacement(paths: SnapshotPaths): void {
  if (!exists(paths.manifest)) {
    if (!exists(paths.unsealed)) {
      rename(paths.replaced, paths.manifest);
      return;
    }
    if (exists(paths.hidden)) {
      if (exists(paths.tree) && !exists(paths.replacedTree)) rename(paths.tree, paths.replacedTree);
      rename(paths.hidden, paths.tree);
      syncDirectory(paths.directory);
    }
    rename(paths.unsealed, paths.manifest);
    removeFile(paths.marks.rejected);
    syncDirectory(paths.directory);
  }
  removeDirectory(paths.replacedTree);
  removeFile(paths.replaced);
}

/**
 * Gives a new snapshot its name: last of all its tree, so that it is there, whole, from one rename on
 * and whoever stops before leaves hidden names only.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function nameSnapshot(paths: SnapshotPaths): void {
  rename(paths.unsealed, paths.manifest);
  syncDirectory(paths.directory);
  rename(paths.hidden, paths.tree);
  syncDirectory(paths.directory);
}

/**
 * Removes a sealed snapshot: it is gone with the first rename.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function removeSealed(paths: SnapshotPaths, onFile?: (path: string) => void): void {
  hide(paths);
  syncDirectory(paths.directory);
  unseal(paths);
  clearUnsealed(paths, onFile);
}

/**
 * Removes a snapshot that lacks its manifest or its name, or what was to replace one that has both.
 * The marks go before the file that says that something is left to do.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function clearUnsealed(paths: SnapshotPaths, onFile?: (path: string) => void): void {
  const isSealed = exists(paths.manifest) && isDirectory(paths.tree);
  if (!isSealed && exists(paths.manifest)) unseal(paths);
  removeDirectory(paths.hidden, onFile);
  if (!isSealed) {
    if (isDirectory(paths.tree)) removeDirectory(hide(paths), onFile);
    removeFile(paths.marks.protected);
    removeFile(paths.marks.rejected);
  }
  removeFile(paths.unsealed);
}

/** On disk before the first file goes, so that no power cut leaves a manifest with holes. */
function unseal(paths: SnapshotPaths): void {
  rename(paths.manifest, paths.unsealed);
  syncDirectory(paths.directory);
}

/** Takes a tree out of the sight of those who list the snapshots; returns where it is then. */
function hide(paths: SnapshotPaths): string {
  try {
    renameSync(paths.tree, paths.hidden);
    return paths.hidden;
  } catch (error) {
    // A full disk may have no room for the longer name; it must not keep the tree from going.
    if (["ENOSPC", "EDQUOT"].includes(errnoOf(error) ?? "")) return paths.tree;
    throw writeError(paths.tree, error);
  }
}

function rename(from: string, to: string): void {
  writing(from, () => renameSync(from, to));
}

function exists(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
}

function isFile(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isFile() === true;
}

function isDirectory(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isDirectory() === true;
}
