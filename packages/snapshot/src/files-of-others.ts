import { SnapshotError } from "./error.js";
import type { SealedTree } from "./sealed-tree.js";
import type { Snapshot } from "./snapshot.js";

/** By path, a snapshot that has the same file. One with a damaged manifest has none. */
export function filesOfOthers(
  tree: SealedTree,
  snapshots: readonly Snapshot[],
): ReadonlyMap<string, SealedTree> {
  const wanted = new Map<string, string>();
  const identity = (file: { size: number; sha256: string; mtime: number }) =>
    `${file.sha256} ${file.size} ${file.mtime}`;
  for (const file of tree.files()) wanted.set(file.path, identity(file));
  const found = new Map<string, SealedTree>();
  for (const snapshot of snapshots.toReversed()) {
    if (wanted.size === 0) break;
    try {
      for (const file of snapshot.files())
        if (wanted.get(file.path) === identity(file)) {
          found.set(file.path, snapshot);
          wanted.delete(file.path);
        }
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
    }
  }
  return found;
}
