import { lstatSync, readlinkSync } from "node:fs";
import { resolve, sep } from "node:path";
import { reading } from "./errno.js";
import {
  type CollectionPaths,
  isGenerationPath,
  isId,
  isName,
  type StoreLayout,
  type TreePaths,
  treePathsAt,
} from "./layout.js";
import { isSealed } from "./sealed-tree.js";

/** What a name in the public directory of a collection, or that of another pointer, is. */
export type PublicEntry =
  | { readonly kind: "absent" }
  /** A symlink to a tree of this store. */
  | { readonly kind: "pointer"; readonly tree: TreePaths }
  /** A symlink `NAME -> <pointer>/NAME`. */
  | { readonly kind: "link"; readonly pointer: string }
  | { readonly kind: "foreign" };

/** What the classification needs to know of a collection. */
export interface KnownPlaces {
  readonly layout: StoreLayout;
  readonly paths: CollectionPaths;
}

/**
 * Classifies `name` in `directory` by what the symlink says. What it leads to matters only for trees
 * outside the directories that are known: there the manifest beside it shows that it is a sealed
 * tree, such as a snapshot in a directory that was configured before.
 */
export function readPublicEntry(places: KnownPlaces, directory: string, name: string): PublicEntry {
  const path = `${directory}/${name}`;
  return reading(path, () => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "absent" };
    if (!stats.isSymbolicLink()) return { kind: "foreign" };
    const target = readlinkSync(path);
    const [pointer, shown, ...more] = target.split("/");
    if (pointer !== undefined && isName(pointer) && shown === name && more.length === 0)
      return { kind: "link", pointer };
    const tree = treeOf(places, resolve(directory, target));
    return tree === undefined ? { kind: "foreign" } : { kind: "pointer", tree };
  });
}

/** The tree that lies at this absolute path, there or not; undefined when none of ours can. */
export function treeOf(places: KnownPlaces, path: string): TreePaths | undefined {
  const { layout, paths } = places;
  const tree = treePathsAt(path);
  for (const trees of [layout.trees, layout.snapshots]) {
    const place = treeBelow(trees, path);
    if (place !== undefined) return place.below ? undefined : tree;
  }
  if (path.startsWith(paths.snapshots + sep))
    return tree.directory === paths.snapshots && isName(tree.generation) ? tree : undefined;
  if (path.startsWith(layout.home + sep) || isGenerationPath(path)) return undefined;
  return isName(tree.generation) && isSealed(tree) ? tree : undefined;
}

/** Which tree of the directory `trees` a path is, or lies below. Both absolute; looks at nothing. */
function treeBelow(
  trees: string,
  path: string,
): { id: string; generation: string; below: boolean } | undefined {
  if (!path.startsWith(trees + sep)) return undefined;
  const [id, generation, ...more] = path.slice(trees.length + 1).split(sep);
  if (id === undefined || generation === undefined) return undefined;
  if (!isId(id) || !isName(generation)) return undefined;
  return { id, generation, below: more.length > 0 };
}
