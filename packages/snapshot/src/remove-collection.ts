import { lstatSync, rmdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { clearSnapshots, removeSealed } from "./clear-snapshots.js";
import { namesIn, removeDirectory, removeFile, syncDirectory } from "./directory.js";
import { errnoOf, reading, writing } from "./errno.js";
import { readHistory } from "./history.js";
import {
  historyPath,
  isTemporaryName,
  ownerPath,
  previousName,
  SNAPSHOTS_LINK,
  snapshotPaths,
  treeEntry,
  treePaths,
} from "./layout.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { removeTree } from "./remove-tree.js";
import { shownTrees } from "./shown-trees.js";
import { listSnapshots } from "./snapshot.js";
import { linkedSnapshots } from "./snapshots-link.js";
import { uniqueBytes } from "./unique-bytes.js";
import { inUse } from "./usage.js";

/** What a collection had, and what its removal frees. */
export interface RemovedCollection {
  /**
   * Names of pointers, their `.previous` and links in the public directory; absolute paths of those
   * elsewhere, as far as the history tells of them.
   */
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
  for (const directory of directories) assertOwnSnapshots(layout, directory);
  const { below, unreadable } = shownTrees(layout);
  for (const error of unreadable.values()) throw error;
  const own = pointersElsewhere(paths.state);
  const elsewhere = new Set<string>();
  for (const directory of [paths.trees, ...directories])
    for (const [name, links] of below(directory)) {
      for (const link of links) if (own.has(link)) elsewhere.add(link);
      const others = links.filter((link) => dirname(link) !== paths.pointers && !own.has(link));
      if (others.length > 0) throw inUse(join(directory, name), others);
    }

  const names = namesIn(paths.pointers);
  const kinds = new Map(names.map((name) => [name, ownKind(places, name)]));
  if (linked !== undefined) kinds.set(SNAPSHOTS_LINK, "pointer");
  const pointers = names.filter((name) => kinds.get(name) !== undefined);
  const trees = namesIn(paths.trees).flatMap((name) => {
    const entry = treeEntry(name);
    return entry?.kind === "tree" || entry === undefined ? [] : [entry.generation];
  });
  const snapshots = [...directories].flatMap((directory) =>
    listSnapshots(directory).map(({ name }) => name),
  );
  // What leads through a pointer goes before it.
  const ordered = pointers.toSorted((a, b) => rank(kinds.get(a)) - rank(kinds.get(b)));
  const links = [...ordered.map((name) => join(paths.pointers, name)), ...elsewhere];
  const found = {
    pointers: [...elsewhere, ...pointers],
    snapshots,
    trees,
    bytesFreed: uniqueBytes([paths.trees, ...directories, paths.partial]).bytes,
    foreign: names
      .filter((name) => !pointers.includes(name))
      .map((name) => join(paths.pointers, name)),
  };
  if (dryRun) return found;

  const last = join(paths.pointers, SNAPSHOTS_LINK);
  for (const path of links) if (path !== last) removeFile(path);
  for (const directory of new Set(links.map(dirname))) syncDirectory(directory);
  for (const directory of directories) {
    clearSnapshots(directory);
    // A replacement that was stopped has been carried through only now.
    for (const { name } of listSnapshots(directory)) removeSealed(snapshotPaths(directory, name));
  }
  for (const generation of trees) removeTree(treePaths(paths.trees, generation));
  removeDirectory(paths.partial);
  removeDirectory(paths.state);
  for (const directory of directories) removeFile(ownerPath(directory));
  // A removal that was stopped finds the snapshots again by it.
  if (linked !== undefined) removeFile(last);
  for (const directory of [paths.pointers, ...directories, paths.trees]) removeIfEmpty(directory);
  return found;
}

function rank(kind: "link" | "pointer" | undefined): number {
  return kind === "link" ? 0 : 1;
}

/** What is ours of that name; a pointer is also what a move that was stopped left. */
function ownKind(places: KnownPlaces, name: string): "link" | "pointer" | undefined {
  const { pointers } = places.paths;
  const { kind } = readPublicEntry(places, pointers, name);
  if (kind === "pointer" || kind === "link") return kind;
  const stats = reading(pointers, () => lstatSync(join(pointers, name), { throwIfNoEntry: false }));
  return isTemporaryName(name) && stats?.isSymbolicLink() === true ? "pointer" : undefined;
}

/** The pointers elsewhere that the history of a collection tells of, and their `.previous`. */
function pointersElsewhere(state: string): Set<string> {
  const paths = [...readHistory(historyPath(state))].flatMap(({ pointer }) =>
    pointer !== undefined && isAbsolute(pointer) ? [pointer] : [],
  );
  return new Set(
    paths.flatMap((path) => [path, join(dirname(path), previousName(basename(path)))]),
  );
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
