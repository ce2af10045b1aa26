import type { Collection } from "@mirror/snapshot";
import type { TreeName } from "@mirror/sync";

/** What people call a tree: `latest`, the name of a snapshot, or a generation; of others with their mirror. */
export type NameTree = (tree: TreeName) => string;

/** Names the trees of a mirror and of others, as their pointers are now. */
export function treeNames(mirror: string, collections: readonly Collection[]): NameTree {
  const latest = new Map(collections.map((collection) => [collection.id, latestOf(collection)]));
  return ({ id, tree }) => {
    const name = tree === latest.get(id) ? "latest" : tree;
    return id === mirror ? name : `${id}/${name}`;
  };
}

/** What is wrong with a pointer matters elsewhere. */
function latestOf(collection: Collection): string | undefined {
  try {
    return collection.latest()?.generation;
  } catch {
    return undefined;
  }
}
