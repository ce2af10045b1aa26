import { SnapshotError } from "./error.js";
import type { TreePaths } from "./layout.js";
import { printable } from "./printable.js";
import { type KnownPlaces, treeOf } from "./public-entry.js";
import { isSealed, type SealedTree } from "./sealed-tree.js";

/**
 * Where a tree lies that may be shown: a sealed one of this store.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_SEALED`, `ERR_SNAPSHOT_READ`; `TypeError` for one
 * of another store
 */
export function sealedPaths(places: KnownPlaces, tree: SealedTree): TreePaths {
  const paths = treeOf(places, tree.path);
  if (paths === undefined) throw new TypeError(`${tree.path}: no tree of this store`);
  if (!isSealed(paths))
    throw new SnapshotError(
      "ERR_SNAPSHOT_NOT_SEALED",
      `${printable(tree.path)}: not a sealed tree, expected its manifest beside it`,
      { path: tree.path },
    );
  return paths;
}
