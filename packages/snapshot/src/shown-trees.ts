import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { namesIn } from "./directory.js";
import { errnoOf, reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { isId, type StoreLayout } from "./layout.js";
import { treeBelow } from "./public-entry.js";

/** Which trees are in use, as far as it can be told. */
export interface ShownTrees {
  /** Each as `<id>/<generation>`. */
  readonly shown: ReadonlySet<string>;
  /**
   * What could not be read, by absolute path, and why. Unless there is none, no tree may be taken
   * for free: it is not free because nobody could look.
   */
  readonly unreadable: ReadonlyMap<string, SnapshotError>;
}

/**
 * The trees that any symlink in the store's `dir` or in the public directory of any collection
 * shows, whatever its name and whoever made it. A collection is what has a directory of trees:
 * other directories in `dir` are none of ours and may be closed to us.
 *
 * Each symlink counts for what it says and for what it leads to, so that one by another name of the
 * store counts too. Never throws for what the operating system refuses.
 */
export function shownTrees(layout: StoreLayout): ShownTrees {
  const shown = new Set<string>();
  const unreadable = new Map<string, SnapshotError>();
  const trees = followed(layout.trees);
  const attempt = <T>(path: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      unreadable.set(path, error);
      return otherwise;
    }
  };
  const list = (path: string) => attempt(path, () => namesIn(path), []);
  const isReal = (path: string) => attempt(path, () => isDirectory(path), false);
  const add = (root: string, path: string) => {
    const tree = treeBelow(root, path);
    if (tree !== undefined) shown.add(`${tree.id}/${tree.generation}`);
  };
  const look = (directory: string) => {
    for (const name of list(directory)) {
      const path = join(directory, name);
      const target = attempt(path, () => linkTarget(path), undefined);
      if (target === undefined) continue;
      add(layout.trees, resolve(directory, target));
      const end = followed(path);
      if (trees !== undefined && end !== undefined) add(trees, end);
    }
  };
  look(layout.dir);
  for (const id of list(layout.trees)) {
    const directory = join(layout.dir, id);
    if (isId(id) && isReal(join(layout.trees, id)) && isReal(directory)) look(directory);
  }
  return { shown, unreadable };
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
