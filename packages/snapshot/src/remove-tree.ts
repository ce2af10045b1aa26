import { lstatSync, renameSync } from "node:fs";
import { removeDirectory, removeFile, syncDirectory } from "./directory.js";
import { errnoOf, writing } from "./errno.js";
import type { TreePaths } from "./layout.js";

/**
 * Removes a tree, sealed or not. Its manifest loses its name before the first file goes, so that
 * whoever stops here leaves an unsealed tree and never a sealed one with holes.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function removeTree(paths: TreePaths): void {
  const renamed = writing(paths.manifest, () => {
    try {
      renameSync(paths.manifest, paths.unsealed);
      return true;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      return false;
    }
  });
  if (renamed) syncDirectory(paths.directory);
  const tree = writing(paths.tree, () => lstatSync(paths.tree, { throwIfNoEntry: false }));
  // A file or a symlink by that name is not what we made.
  if (tree?.isDirectory() === true) removeDirectory(paths.tree);
  removeFile(paths.unsealed);
}
