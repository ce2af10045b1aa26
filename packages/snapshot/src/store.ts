import { lstatSync } from "node:fs";
import { type Collection, type CollectionOptions, openCollection } from "./collection.js";
import { namesIn } from "./directory.js";
import { reading } from "./errno.js";
import { collectionPaths, isId, type StoreLayout, storeLayout } from "./layout.js";
import type { SealedTree } from "./sealed-tree.js";
import { storeTrees } from "./store-trees.js";

/** Where a store lies. */
export interface StoreOptions {
  readonly dir: string;
  /** Absolute; where named snapshots lie. A hidden directory in `dir` unless given. */
  readonly snapshots?: string | undefined;
  /**
   * Absolute paths of the pointers, of any collection, outside the public directories: what they and
   * their `.previous` show is in use.
   */
  readonly pointers?: readonly string[] | undefined;
}

/** A directory of collections. */
export interface Store {
  /** Absolute, without a trailing slash. */
  readonly dir: string;
  /**
   * The collection of that id (`^[a-z0-9][a-z0-9_-]*$`, at most 200 characters), which need not
   * exist.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_BAD_NAME`
   */
  collection(id: string, options?: CollectionOptions): Collection;
  /**
   * The ids of all collections that exist, sorted; none when there is no store.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
   */
  collections(): Promise<string[]>;
  /**
   * The sealed trees of all collections, each once: the generations first, then the snapshots, the
   * newest of each collection first. What cannot be read is left out.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
   */
  trees(): Promise<SealedTree[]>;
}

/**
 * Opens the store in `dir`. Looks at nothing and creates nothing.
 *
 * @example
 * ```ts
 * const site = openStore({ dir: "/srv/sites" }).collection("docs");
 * site.prepare();
 * const builder = site.newTree("2026-11-21");
 * builder.write("index.html", Buffer.from("<h1>Hello</h1>"), new Date());
 * site.swap("latest", await builder.seal({ created: new Date(), facts: {} }));
 * // /srv/sites/docs/latest/index.html
 * ```
 */
export function openStore(options: StoreOptions): Store {
  const layout = storeLayout(options.dir, options.snapshots, options.pointers);
  return {
    dir: layout.dir,
    collection: (id, options = {}) => openCollection(layout, id, options),
    collections: async () => idsIn(layout),
    trees: async () => storeTrees(layout, idsIn(layout)),
  };
}

function idsIn(layout: StoreLayout): string[] {
  return namesIn(layout.trees)
    .filter((id) => {
      const path = collectionPaths(layout, id).trees;
      return (
        isId(id) &&
        reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isDirectory() === true
      );
    })
    .sort();
}
