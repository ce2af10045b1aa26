import type { Collection, HistoryEntry, Snapshot } from "@mirror/snapshot";

/**
 * Whether an environment has shown this very snapshot: by the history, and not one that had its name
 * before it was replaced or deleted.
 */
export function hasShown(collection: Collection, environment: string, snapshot: Snapshot): boolean {
  for (const entry of collection.history()) {
    const { pointer, to } = entry;
    if (pointer === environment && to === snapshot.name && isOf(entry, snapshot)) return true;
  }
  return false;
}

/** By the time at which the snapshot was taken, which a move keeps; a clock may have been wrong since. */
function isOf({ note }: HistoryEntry, { created }: Snapshot): boolean {
  if (typeof note !== "object" || note === null || !("created" in note)) return true;
  return note.created === created.toISOString();
}
