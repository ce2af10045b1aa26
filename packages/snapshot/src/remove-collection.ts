import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { clearSnapshots, clearUnsealed } from "./clear-snapshots.js";
import { namesIn, removeDirectory, removeFile, syncDirectory } from "./directory.js";
import { errnoOf, reading, writing } from "./errno.js";
import { isTemporaryName, SNAPSHOTS_LINK, snapshotPaths, treeEntry, treePaths } from "./layout.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { removeTree } from "./remove-tree.js";
import { shownTrees } from "./shown-trees.js";
import { listSnapshots } from "./snapshot.js";
import { linkedSnapshots } from "./snapshots-link.js";
import { inUse } from "./usage.js";

/** What a collection had, and what its removal frees. */
export interface RemovedCollection {
  /** Names of pointers, their `.previous` and links, in the public directory. */
  readonly pointers: readonly string[];
  readonly snapshots: readonly string[];
  /** Generations. */
  readonly trees: readonly string[];
  /** The sizes of the files that nothing else has. */
  readonly bytesFreed: number;
  /** Absolute paths of what was not made here, and stays. */
  readonly foreign: readonly string[];
}

/** Removes all of a collection; see `Collection.remove`. */
export function removeCollection(places: KnownPlaces, dryRun: boolean): RemovedCollection {
  const { layout, paths } = places;
  const linked = linkedSnapshots(paths);
  // Who removes a collection may not know any more where its snapshots were.
  const directories = new Set([paths.snapshots, ...(linked === undefined ? [] : [linked])]);
  const { below, unreadable } = shownTrees(layout);
  for (const error of unreadable.values()) throw error;
  for (const directory of [paths.trees, ...directories])
    for (const [name, links] of below(directory)) {
      const others = links.filter((link) => dirname(link) !== paths.pointers);
      if (others.length > 0) throw inUse(join(directory, name), others);
    }

  const names = namesIn(paths.pointers);
  const pointers = names.filter(
    (name) => isOurs(places, name) || (linked !== undefined && name === SNAPSHOTS_LINK),
  );
  const trees = namesIn(paths.trees).flatMap((name) => {
    const entry = treeEntry(name);
    return entry?.kind === "tree" || entry === undefined ? [] : [entry.generation];
  });
  const snapshots = [...directories].flatMap((directory) =>
    listSnapshots(directory).map(({ name }) => snapshotPaths(directory, name)),
  );
  const found = {
    pointers,
    snapshots: snapshots.map(({ generation }) => generation),
    trees,
    bytesFreed: bytesOnlyIn([paths.trees, ...directories, paths.partial]),
    foreign: names
      .filter((name) => !pointers.includes(name))
      .map((name) => join(paths.pointers, name)),
  };
  if (dryRun) return found;

  for (const name of pointers) removeFile(join(paths.pointers, name));
  if (names.length > 0) syncDirectory(paths.pointers);
  for (const directory of directories) clearSnapshots(directory);
  for (const snapshot of snapshots) {
    removeTree(snapshot);
    clearUnsealed(snapshot);
    removeFile(snapshot.marks.protected);
    removeFile(snapshot.marks.rejected);
  }
  for (const generation of trees) removeTree(treePaths(paths.trees, generation));
  removeDirectory(paths.partial);
  removeDirectory(paths.state);
  for (const directory of [paths.pointers, ...directories, paths.trees]) removeIfEmpty(directory);
  return found;
}

function isOurs(places: KnownPlaces, name: string): boolean {
  const { pointers } = places.paths;
  const { kind } = readPublicEntry(places, pointers, name);
  if (kind === "pointer" || kind === "link") return true;
  const stats = reading(pointers, () => lstatSync(join(pointers, name), { throwIfNoEntry: false }));
  return isTemporaryName(name) && stats?.isSymbolicLink() === true;
}

/** Sizes of the files all of whose names lie in these directories. */
function bytesOnlyIn(directories: readonly string[]): number {
  let bytes = 0;
  const left = new Map<number, number>();
  const visit = (directory: string): void => {
    const entries = reading(directory, () => {
      try {
        return readdirSync(directory, { withFileTypes: true });
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return [];
        throw error;
      }
    });
    for (const entry of entries) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) {
        const { ino, nlink, size } = reading(path, () => lstatSync(path));
        const names = (left.get(ino) ?? nlink) - 1;
        left.set(ino, names);
        if (names === 0) bytes += size;
      }
    }
  };
  for (const directory of directories) visit(directory);
  return bytes;
}

function removeIfEmpty(directory: string): void {
  writing(directory, () => {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
    }
  });
}
