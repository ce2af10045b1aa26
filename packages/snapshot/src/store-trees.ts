import { SnapshotError } from "./error.js";
import { collectionPaths, type StoreLayout } from "./layout.js";
import type { SealedTree } from "./sealed-tree.js";
import { sealedTreesIn } from "./sealed-trees.js";
import { listSnapshots } from "./snapshot.js";
import { linkedSnapshots } from "./snapshots-link.js";

/**
 * The sealed trees of these collections, each once: their generations, then their snapshots, wherever
 * these lie, the newest of each first. Of a place that cannot be read there are none.
 */
export function storeTrees(layout: StoreLayout, ids: readonly string[]): SealedTree[] {
  const all = ids.map((id) => collectionPaths(layout, id));
  const generations = all.flatMap(({ trees }) => readable(() => sealedTreesIn(trees).reverse()));
  const snapshots = all.flatMap((paths) => {
    const linked = readable(() => [linkedSnapshots(paths)].flatMap((one) => one ?? []));
    return [...new Set([paths.snapshots, ...linked])].flatMap((directory) =>
      readable((): SealedTree[] => listSnapshots(directory).reverse()),
    );
  });
  return [...generations, ...snapshots];
}

function readable<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (error instanceof SnapshotError) return [];
    throw error;
  }
}
