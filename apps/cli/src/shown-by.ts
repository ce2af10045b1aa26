import { type Collection, type SealedTree, SnapshotError } from "@mirror/snapshot";

/** What an environment shows; nothing where the tree that it showed is gone. */
export function shownBy(collection: Collection, environment: string): SealedTree | undefined {
  try {
    return collection.resolve(environment);
  } catch (error) {
    const gone = error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_DANGLING_POINTER";
    if (gone) return undefined;
    throw error;
  }
}
