import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { assertWritable, makeDirectory } from "./directory.js";
import { errnoOf, writeError } from "./errno.js";
import { foreignLink } from "./foreign-entry.js";
import { type CollectionPaths, type StoreLayout, SUPERSEDED, statePath } from "./layout.js";
import type { KnownPlaces } from "./public-entry.js";
import { checkReplacement, linkInPlace } from "./replaced-link.js";
import { readStateFile } from "./state.js";

/**
 * Makes what is missing of the directories of a store and a collection, and checks that names can
 * be made in them.
 *
 * @param mayReplace - A symlink that was not made here may have the name of the public directory
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_WRITE`,
 * `ERR_SNAPSHOT_READ`, `ERR_SNAPSHOT_NEWER_FORMAT`
 */
export function prepareCollection(places: KnownPlaces, mayReplace: boolean): void {
  const { layout, paths } = places;
  makeStore(layout.dir);
  const link = linkInPlace(paths.pointers);
  if (link !== undefined && !mayReplace) throw foreignLink(paths.pointers, link);
  if (link === undefined) makeDirectory(paths.pointers, 0o755);
  else checkReplacement(places, link);
  for (const path of [layout.home, layout.trees, paths.trees]) makeDirectory(path, 0o755);
  for (const path of [paths.state, paths.partial, paths.locks]) {
    makeDirectory(dirname(path), 0o700);
    makeDirectory(path, 0o700);
  }
  const pointers = link === undefined ? [paths.pointers] : [];
  for (const path of [...pointers, paths.trees, paths.state, paths.partial]) assertWritable(path);
  // What a later version keeps would else be found out by the sweep, once a new tree is shown.
  readStateFile(statePath(paths.state, SUPERSEDED));
}

/** The part of {@link prepareCollection} that state and history need. */
export function prepareState(layout: StoreLayout, paths: CollectionPaths): void {
  makeStore(layout.dir);
  makeDirectory(layout.home, 0o755);
  makeDirectory(layout.state, 0o700);
  makeDirectory(paths.state, 0o700);
}

/** The part of {@link prepareCollection} that a lock needs. */
export function prepareLocks(layout: StoreLayout, paths: CollectionPaths): void {
  makeStore(layout.dir);
  makeDirectory(layout.home, 0o755);
  makeDirectory(layout.locks, 0o700);
  makeDirectory(paths.locks, 0o700);
}

/**
 * The store's own directory is made, the way to it is not: a disk that is not mounted must not be
 * taken for an empty store. One that is there keeps its mode, which is its owner's decision.
 */
function makeStore(dir: string): void {
  const isThere = () => statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  try {
    mkdirSync(dir);
  } catch (error) {
    // Another first run may have made it in between.
    if (errnoOf(error) !== "EEXIST" || !isThere()) throw writeError(dir, error);
    return;
  }
  makeDirectory(dir, 0o755);
}
