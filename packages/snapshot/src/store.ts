import { lstatSync } from "node:fs";
import { type Collection, openCollection } from "./collection.js";
import { namesIn } from "./directory.js";
import { reading } from "./errno.js";
import { collectionPaths, isId, storeLayout } from "./layout.js";

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
  collection(id: string): Collection;
  /**
   * The ids of all collections that exist, sorted; none when there is no store.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
   */
  collections(): Promise<string[]>;
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
export function openStore(options: { readonly dir: string }): Store {
  const layout = storeLayout(options.dir);
  return {
    dir: layout.dir,
    collection: (id) => openCollection(layout, id),
    async collections() {
      return namesIn(layout.trees)
        .filter((id) => {
          const path = collectionPaths(layout, id).trees;
          return (
            isId(id) &&
            reading(path, () => lstatSync(path, { throwIfNoEntry: false }))?.isDirectory() === true
          );
        })
        .sort();
    },
  };
}
