import { clearSnapshots } from "./clear-snapshots.js";
import { namesIn } from "./directory.js";
import { SnapshotError } from "./error.js";
import { type StoreLayout, SUPERSEDED, statePath, treeEntry, treePaths } from "./layout.js";
import { assertOwnSnapshots } from "./own-snapshots.js";
import type { KnownPlaces } from "./public-entry.js";
import { removeTree } from "./remove-tree.js";
import { clearReplacement } from "./replaced-link.js";
import { shownTrees } from "./shown-trees.js";
import { readStateFile, writeStateFile } from "./state.js";
import { removeTemporaries } from "./temporaries.js";

/** What a sweep did. */
export interface SweepReport {
  /** Generations of superseded trees that were removed. */
  readonly removed: readonly string[];
  /** Unsealed trees and snapshots that were removed, by name: what runs that died left. */
  readonly unfinished: readonly string[];
  /** How many temporary names were removed. */
  readonly temporary: number;
  /** Superseded generations whose grace is not over. */
  readonly waiting: readonly string[];
  /** Names among the trees that were not made here, and were left alone. */
  readonly foreign: readonly string[];
  /**
   * Absolute paths of public directories and symlinks in them that could not be read, of any
   * collection. Unless there are none, no superseded tree was removed, because one of these may
   * show it, and every grace begins anew with the first sweep that can look.
   */
  readonly unreadable: readonly string[];
}

/** Sweeps one collection; see `Collection.sweep`. */
export function sweepCollection(
  places: KnownPlaces,
  options: { now: Date; grace: number; building: ReadonlySet<string> },
): SweepReport {
  const { layout, paths } = places;
  // First, because a symlink left under a temporary name counts as showing its tree.
  const temporary = removeTemporaries(places);
  clearReplacement(places);
  const { unsealed, foreign } = survey(paths.trees);
  const unfinished = unsealed.filter((generation) => !options.building.has(generation));
  for (const generation of unfinished) removeTree(treePaths(paths.trees, generation));
  const cleared = clearOwn(layout, paths.snapshots);

  const { superseded, unreadable } = unshownTrees(places);
  const { before, since, due: removed } = findDue(places, superseded, options);
  // Room is made before anything is recorded: a full disk must not keep a sweep from freeing it.
  for (const generation of removed) {
    since.delete(generation);
    removeTree(treePaths(paths.trees, generation));
  }
  if (!sameMoments(before, since)) writeMoments(statePath(paths.state, SUPERSEDED), since);
  return {
    removed,
    unfinished: [...unfinished, ...cleared],
    temporary,
    waiting: [...since.keys()],
    foreign,
    unreadable,
  };
}

/** The generations that a sweep would remove now. Changes nothing. */
export function dueTrees(places: KnownPlaces, options: { now: Date; grace: number }): string[] {
  const { superseded } = unshownTrees(places);
  // Whoever cannot see what is shown need not be able to read our records either.
  return superseded.length === 0 ? [] : findDue(places, superseded, options).due;
}

function unshownTrees({ layout, paths }: KnownPlaces): {
  superseded: string[];
  unreadable: string[];
} {
  const { sealed } = survey(paths.trees);
  const { below, unreadable } = shownTrees(layout);
  const shown = below(paths.trees);
  return {
    superseded: unreadable.size > 0 ? [] : sealed.filter((generation) => !shown.has(generation)),
    unreadable: [...unreadable.keys()],
  };
}

function findDue(
  { paths }: KnownPlaces,
  superseded: readonly string[],
  { now, grace }: { now: Date; grace: number },
): {
  /** Since when each generation was superseded as it was kept, and as it is now. */
  before: ReadonlyMap<string, number>;
  since: Map<string, number>;
  /** Those whose grace is over. */
  due: string[];
} {
  const at = now.getTime();
  const before = readMoments(statePath(paths.state, SUPERSEDED));
  // A moment in the future comes from a clock that was set back since: the grace begins anew.
  const since = new Map(superseded.map((name) => [name, Math.min(before.get(name) ?? at, at)]));
  const due = superseded.filter((name) => at - (since.get(name) ?? at) >= grace);
  return { before, since, due };
}

/** Snapshots may be another's, or closed to us; that is no reason not to sweep the trees. */
function clearOwn(layout: StoreLayout, snapshots: string): string[] {
  const passed = ["ERR_SNAPSHOT_READ", "ERR_SNAPSHOT_FOREIGN_ENTRY"];
  try {
    assertOwnSnapshots(layout, snapshots);
    return clearSnapshots(snapshots);
  } catch (error) {
    if (error instanceof SnapshotError && passed.includes(error.code)) return [];
    throw error;
  }
}

function survey(directory: string): { sealed: string[]; unsealed: string[]; foreign: string[] } {
  const kinds = {
    tree: new Set<string>(),
    manifest: new Set<string>(),
    unsealed: new Set<string>(),
  };
  const foreign: string[] = [];
  for (const name of namesIn(directory)) {
    const entry = treeEntry(name);
    if (entry === undefined) foreign.push(name);
    else kinds[entry.kind].add(entry.generation);
  }
  for (const generation of kinds.tree)
    if (!kinds.manifest.has(generation) && !kinds.unsealed.has(generation))
      foreign.push(generation);
  return {
    sealed: [...kinds.manifest].sort(),
    unsealed: [...kinds.unsealed].filter((name) => !kinds.manifest.has(name)).sort(),
    foreign: foreign.sort(),
  };
}

function readMoments(path: string): Map<string, number> {
  const value = readStateFile(path);
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).flatMap(([generation, moment]) => {
      const time = typeof moment === "string" ? Date.parse(moment) : Number.NaN;
      return Number.isNaN(time) ? [] : [[generation, time] as const];
    }),
  );
}

function writeMoments(path: string, since: ReadonlyMap<string, number>): void {
  const moments = [...since].map(([name, time]) => [name, new Date(time).toISOString()] as const);
  writeStateFile(path, Object.fromEntries(moments));
}

function sameMoments(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([name, time]) => b.get(name) === time);
}
