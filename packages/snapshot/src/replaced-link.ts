import { lstatSync, readlinkSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  assertWritable,
  makeDirectory,
  namesIn,
  removeDirectory,
  removeFile,
  syncDirectory,
} from "./directory.js";
import { reading, writing } from "./errno.js";
import { exchange } from "./exchange.js";
import { foreignLink } from "./foreign-entry.js";
import { replacementPaths } from "./layout.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";

/** The absolute path that a symlink in the place of a public directory shows; undefined without one. */
export function linkInPlace(directory: string): string | undefined {
  return reading(directory, () => {
    const stats = lstatSync(directory, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() !== true) return undefined;
    return resolve(dirname(directory), readlinkSync(directory));
  });
}

/**
 * Checks that the symlink in the place of a public directory may give way: one to a directory with
 * pointers of ours leads to a public directory that somebody moved.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ`,
 * `ERR_SNAPSHOT_WRITE`
 */
export function checkReplacement(places: KnownPlaces, target: string): void {
  const { layout, paths } = places;
  const shown = reading(target, () => statSync(target, { throwIfNoEntry: false }));
  const names = shown?.isDirectory() === true ? namesIn(target) : [];
  if (names.some((name) => readPublicEntry(places, target, name).kind === "pointer"))
    throw foreignLink(paths.pointers, target);
  assertWritable(layout.dir);
}

/**
 * The places of a collection while a symlink has the name of its public directory: pointers and links
 * are made in a directory beside, which {@link replaceLink} puts in its place.
 */
export function placesBeside({ layout, paths }: KnownPlaces): KnownPlaces {
  const { directory } = replacementPaths(paths);
  if (isSymlink(directory)) removeFile(directory);
  makeDirectory(directory, 0o755);
  return { layout, paths: { ...paths, pointers: directory } };
}

/** Puts the directory that lies beside in the place of the symlink, which goes. @throws `ERR_SNAPSHOT_WRITE` */
export function replaceLink({ layout, paths }: KnownPlaces): void {
  const { directory, link } = replacementPaths(paths);
  if (isSymlink(link)) removeFile(link);
  try {
    writing(paths.pointers, () => exchange(directory, paths.pointers, link));
  } catch (error) {
    removeDirectory(directory);
    throw error;
  }
  syncDirectory(layout.dir);
  removeFile(directory);
}

/** Removes what a replacement that died left, once there is a public directory. */
export function clearReplacement({ paths }: KnownPlaces): void {
  const { directory, link } = replacementPaths(paths);
  if (linkInPlace(paths.pointers) !== undefined) return;
  for (const path of [directory, link]) {
    // Whatever the symlink shows is another tool's.
    if (isSymlink(path)) removeFile(path);
    else removeDirectory(path);
  }
}

function isSymlink(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isSymbolicLink() === true;
}
