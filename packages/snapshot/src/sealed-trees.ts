import { namesIn } from "./directory.js";
import { treeEntry, treePaths } from "./layout.js";
import { isSealed, type SealedTree, sealedTree } from "./sealed-tree.js";

/** The sealed generations in a directory of trees, in their order. @throws `ERR_SNAPSHOT_READ` */
export function sealedTreesIn(directory: string): SealedTree[] {
  return namesIn(directory)
    .flatMap((name) => {
      const entry = treeEntry(name);
      return entry?.kind === "manifest" ? [treePaths(directory, entry.generation)] : [];
    })
    .filter(isSealed)
    .sort((a, b) => (a.generation < b.generation ? -1 : 1))
    .map(sealedTree);
}
