import type { StoreLayout, TreePaths } from "./layout.js";
import { removeTree } from "./remove-tree.js";
import { isSealed } from "./sealed-tree.js";
import { shownTrees } from "./shown-trees.js";

/**
 * Removes a sealed tree that nothing shows; false when there is no sealed tree of that generation.
 *
 * @throws `TypeError` when a symlink shows it; {@link SnapshotError} `ERR_SNAPSHOT_READ` when nobody
 * can tell, `ERR_SNAPSHOT_WRITE`
 */
export function removeUnshown(layout: StoreLayout, paths: TreePaths): boolean {
  if (!isSealed(paths)) return false;
  const { below, unreadable } = shownTrees(layout);
  if (below(paths.directory).has(paths.generation)) throw new TypeError(`${paths.tree}: is shown`);
  for (const error of unreadable.values()) throw error;
  removeTree(paths);
  return true;
}
