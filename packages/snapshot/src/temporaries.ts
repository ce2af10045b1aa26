import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { namesIn, removeFile } from "./directory.js";
import { reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { clearKept } from "./keep-removed.js";
import { isTemporaryName } from "./layout.js";
import type { KnownPlaces } from "./public-entry.js";

/**
 * Removes what moves of pointers that died left under temporary names: in the public directory, and
 * beside pointers elsewhere as far as it shows a tree of this collection, because others may share
 * such a directory. Beside the trees and in the state, files. Returns how many went. Where nobody
 * may look, nothing is removed.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`, `ERR_SNAPSHOT_WRITE`
 */
export function removeTemporaries({ layout, paths }: KnownPlaces): number {
  const remove = (directory: string, names: readonly string[], ours: (path: string) => boolean) =>
    names.filter((name) => {
      const path = join(directory, name);
      return isTemporaryName(name) && ours(path) && removeFile(path);
    }).length;
  const showsOurs = (path: string) => {
    if (!isSymlink(path)) return false;
    const target = resolve(
      dirname(path),
      reading(path, () => readlinkSync(path)),
    );
    return [paths.trees, paths.snapshots].some((trees) => target.startsWith(trees + sep));
  };
  let count = remove(paths.pointers, readableNames(paths.pointers), isSymlink);
  for (const directory of new Set(layout.pointers.map((path) => dirname(path))))
    count += remove(directory, readableNames(directory), showsOurs);
  for (const directory of [paths.state, paths.trees])
    count += remove(directory, namesIn(directory), isFile);
  return count + clearKept(paths.state);
}

/** The names in a directory; none where it cannot be read, which `shownTrees` reports. */
function readableNames(directory: string): string[] {
  try {
    return namesIn(directory);
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_READ") return [];
    throw error;
  }
}

function isSymlink(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isSymbolicLink() === true;
}

function isFile(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isFile() === true;
}
