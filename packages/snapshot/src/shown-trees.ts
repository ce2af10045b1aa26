import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { namesIn } from "./directory.js";
import { errnoOf, reading } from "./errno.js";
import { isId, type StoreLayout } from "./layout.js";
import { treeBelow } from "./public-entry.js";

/**
 * The trees in use, each as `<id>/<generation>`: those that any symlink in the public directory of
 * any collection shows, whatever its name and whoever made it.
 *
 * Each symlink counts for what it says and for what it leads to, so that one by another name of the
 * store counts too. What cannot be read fails the whole: a tree is not free because nobody could
 * look.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function shownTrees(layout: StoreLayout): Set<string> {
  const shown = new Set<string>();
  const trees = followed(layout.trees);
  const add = (root: string, path: string) => {
    const tree = treeBelow(root, path);
    if (tree !== undefined) shown.add(`${tree.id}/${tree.generation}`);
  };
  const look = (directory: string, name: string) => {
    const path = join(directory, name);
    const target = linkTarget(path);
    if (target === undefined) return;
    add(layout.trees, resolve(directory, target));
    const end = followed(path);
    if (trees !== undefined && end !== undefined) add(trees, end);
  };
  for (const id of namesIn(layout.dir)) {
    const directory = join(layout.dir, id);
    look(layout.dir, id);
    // Other names are none of ours and may be closed to us, as `lost+found` is.
    if (isId(id) && isDirectory(directory))
      for (const name of namesIn(directory)) look(directory, name);
  }
  return shown;
}

function linkTarget(path: string): string | undefined {
  return reading(path, () => {
    try {
      return readlinkSync(path);
    } catch (error) {
      // EINVAL: no symlink.
      if (["EINVAL", "ENOENT"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  });
}

function isDirectory(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** Where a path leads; undefined when it leads nowhere that we can see. */
function followed(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
