import { lstatSync, readlinkSync } from "node:fs";
import { resolve, sep } from "node:path";
import { reading } from "./errno.js";
import { isId, isName, type StoreLayout } from "./layout.js";

/** What a name in the public directory of a collection is. */
export type PublicEntry =
  | { readonly kind: "absent" }
  /** A symlink to a tree of this store. */
  | { readonly kind: "pointer"; readonly id: string; readonly generation: string }
  /** A symlink `NAME -> <pointer>/NAME`. */
  | { readonly kind: "link"; readonly pointer: string }
  | { readonly kind: "foreign" };

/** Classifies `name` in `directory` by what the symlink says, not by what it leads to. */
export function readPublicEntry(layout: StoreLayout, directory: string, name: string): PublicEntry {
  const path = `${directory}/${name}`;
  return reading(path, () => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "absent" };
    if (!stats.isSymbolicLink()) return { kind: "foreign" };
    const target = readlinkSync(path);
    const [pointer, shown, ...more] = target.split("/");
    if (pointer !== undefined && isName(pointer) && shown === name && more.length === 0)
      return { kind: "link", pointer };
    const tree = treeBelow(layout.trees, resolve(directory, target));
    if (tree === undefined || tree.below) return { kind: "foreign" };
    return { kind: "pointer", id: tree.id, generation: tree.generation };
  });
}

/** Which tree of the directory `trees` a path is, or lies below. Both absolute; looks at nothing. */
export function treeBelow(
  trees: string,
  path: string,
): { id: string; generation: string; below: boolean } | undefined {
  if (!path.startsWith(trees + sep)) return undefined;
  const [id, generation, ...more] = path.slice(trees.length + 1).split(sep);
  if (id === undefined || generation === undefined) return undefined;
  if (!isId(id) || !isName(generation)) return undefined;
  return { id, generation, below: more.length > 0 };
}
