import { join } from "node:path";
import { SnapshotError } from "./error.js";
import { appendHistory, readHistory } from "./history.js";
import { type By, type HistoryEntry, historyLine } from "./history-entry.js";
import { historyPath, previousName, type TreePaths } from "./layout.js";
import { swapPointer } from "./pointer.js";
import type { PointerPlace } from "./pointer-place.js";
import { prepareState } from "./prepare.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { planShownBefore } from "./shown-before.js";

/** What the history is told of a move, and how it is made. */
export interface MoveOptions {
  /** A word of yours; `rollback` means that the pointer goes back to what it showed before. */
  readonly kind: string;
  readonly at: Date;
  readonly by: By;
  readonly command: string;
  /** Removes `.<pointer>.previous` instead of making it show what the pointer showed. */
  readonly withdraw?: boolean | undefined;
  /** Your own JSON. */
  readonly note?: unknown;
}

/** A move of a pointer. */
export interface Move {
  /** The snapshot, or the generation, that the pointer showed; undefined when it showed none. */
  readonly from?: string;
  readonly to: string;
  /** False when the pointer showed the tree already. */
  readonly moved: boolean;
  /** False when the history could not be written, as on a full disk: the move stands. */
  readonly recorded: boolean;
}

/** Moves a pointer and records it; see `Collection.move`. */
export function movePointer(
  places: KnownPlaces,
  at: PointerPlace,
  tree: TreePaths,
  options: MoveOptions,
): Move {
  const { withdraw, ...told } = options;
  // What cannot be told must not be found out once the pointer has moved.
  historyLine({ ...told, pointer: at.key, to: tree.generation });
  const shown = swapPointer(places, at, tree, withdraw === true);
  const from = shown?.generation;
  const to = tree.generation;
  const moved = shown?.tree !== tree.tree;
  const facts = { to, moved, ...(from === undefined ? {} : { from }) };
  try {
    // One that was stopped between the move and its record is recorded when it is done again.
    if (!moved && lastShown(places, at) === to) return { ...facts, recorded: true };
    record(places, { ...told, pointer: at.key, from: moved ? from : lastShown(places, at), to });
    return { ...facts, recorded: true };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return { ...facts, recorded: false };
  }
}

/** Appends to the history of a collection. @throws `ERR_SNAPSHOT_WRITE` */
export function record(places: KnownPlaces, entry: HistoryEntry): void {
  prepareState(places.layout, places.paths);
  appendHistory(historyPath(places.paths.state), entry);
}

/** See `Collection.shownBefore`. @throws `ERR_SNAPSHOT_READ` */
export function shownBefore(places: KnownPlaces, at: PointerPlace): string[] {
  const generation = (name: string) => {
    const entry = readPublicEntry(places, at.directory, name);
    return entry.kind === "pointer" ? entry.tree.generation : undefined;
  };
  return planShownBefore({
    moves: movesOf(places, at),
    now: generation(at.name),
    previous: generation(previousName(at.name)),
  });
}

/** What a pointer showed before and after its last moves, by its history. @throws `ERR_SNAPSHOT_READ` */
export function lastMoved(places: KnownPlaces, at: PointerPlace, count: number): string[] {
  return movesOf(places, at)
    .slice(-count)
    .flatMap(({ from, to }) => [from, to])
    .filter((name) => name !== undefined);
}

function lastShown(places: KnownPlaces, at: PointerPlace): string | undefined {
  return movesOf(places, at).at(-1)?.to;
}

function movesOf(places: KnownPlaces, at: PointerPlace): HistoryEntry[] {
  const keys = new Set([at.key, join(at.directory, at.name)]);
  return [...readHistory(historyPath(places.paths.state))].filter(
    ({ pointer, to }) => pointer !== undefined && to !== undefined && keys.has(pointer),
  );
}
