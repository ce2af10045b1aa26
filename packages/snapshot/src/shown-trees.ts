import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { namesIn } from "./directory.js";
import { errnoOf, reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { readHistory } from "./history.js";
import { collectionPaths, historyPath, isId, previousName, type StoreLayout } from "./layout.js";

/** Which trees are in use, as far as it can be told. */
export interface ShownTrees {
  /**
   * The symlinks that show a tree of this directory of trees, or something in one, by the name of
   * the tree; absolute paths.
   */
  below(directory: string): Map<string, string[]>;
  /**
   * What could not be read, by absolute path, and why. Unless there is none, no tree may be taken
   * for free: it is not free because nobody could look.
   */
  readonly unreadable: ReadonlyMap<string, SnapshotError>;
}

/**
 * The trees that any symlink shows that lies in the store's `dir`, in the public directory of any
 * collection, or is a pointer elsewhere or the `.previous` of one, whatever its name and whoever
 * made it. A collection is what has a directory of trees: other directories in `dir` are none of
 * ours and may be closed to us. Pointers elsewhere are those that the store was opened with and
 * those that a history tells of.
 *
 * Each symlink counts for what it says and for what it leads to, so that one by another name of the
 * store counts too. Never throws for what the operating system refuses.
 */
export function shownTrees(layout: StoreLayout): ShownTrees {
  const links: { path: string; ends: readonly string[] }[] = [];
  const unreadable = new Map<string, SnapshotError>();
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
  const look = (directory: string, name: string) => {
    const path = join(directory, name);
    const target = attempt(path, () => linkTarget(path), undefined);
    if (target === undefined) return;
    const end = followed(path);
    links.push({ path, ends: [resolve(directory, target), ...(end === undefined ? [] : [end])] });
  };
  const lookInto = (directory: string) => {
    for (const name of list(directory)) look(directory, name);
  };
  const elsewhere = new Set(layout.pointers);
  lookInto(layout.dir);
  for (const id of list(layout.trees)) {
    if (!isId(id) || !isReal(join(layout.trees, id))) continue;
    const paths = collectionPaths(layout, id);
    if (attempt(paths.pointers, () => leadsToDirectory(paths.pointers), false))
      lookInto(paths.pointers);
    const history = historyPath(paths.state);
    for (const pointer of attempt(history, () => absolutePointers(history), []))
      elsewhere.add(pointer);
  }
  for (const path of elsewhere) {
    look(dirname(path), basename(path));
    look(dirname(path), previousName(basename(path)));
  }
  return { unreadable, below: (directory) => sortOut(directory, links) };
}

function sortOut(
  directory: string,
  links: readonly { path: string; ends: readonly string[] }[],
): Map<string, string[]> {
  const roots = new Set([directory, followed(directory) ?? directory]);
  const shown = new Map<string, string[]>();
  for (const { path, ends } of links) {
    const names = new Set<string>();
    for (const end of ends)
      for (const root of roots) {
        const name = end.startsWith(root + sep) ? end.slice(root.length + 1).split(sep)[0] : "";
        if (name) names.add(name);
      }
    for (const name of names) shown.set(name, [...(shown.get(name) ?? []), path]);
  }
  return shown;
}

function absolutePointers(history: string): string[] {
  const pointers = [...readHistory(history)].map(({ pointer }) => pointer);
  return [...new Set(pointers)].filter(
    (path) => path !== undefined && isAbsolute(path),
  ) as string[];
}

function linkTarget(path: string): string | undefined {
  return reading(path, () => {
    try {
      return readlinkSync(path);
    } catch (error) {
      // EINVAL: no symlink.
      if (["EINVAL", "ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  });
}

function isDirectory(path: string): boolean {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** A public directory that was moved and is a symlink now still shows what it shows. */
function leadsToDirectory(path: string): boolean {
  return reading(path, () => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** Where a path leads; undefined when it leads nowhere that we can see. */
function followed(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
