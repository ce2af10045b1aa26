import { lstatSync } from "node:fs";
import { join } from "node:path";
import {
  type Collection,
  type ManifestFile,
  type SealedTree,
  SnapshotError,
} from "@mirror/snapshot";
import type { Run } from "./run.js";

/** So many files are looked for in other trees: more is a broken disk. */
const MOST_SOUGHT = 1000;
/** So many are named. */
const MOST_NAMED = 3;

/**
 * Warns of files of the present tree that are not as recorded. The new tree gets them from elsewhere;
 * trees that share the damaged file by a hard link stay damaged, and are named.
 */
export function warnOfDamage(
  run: Run,
  latest: SealedTree | undefined,
  damaged: readonly Pick<ManifestFile, "path">[],
): void {
  if (!latest || damaged.length === 0) return;
  const sought = damaged.slice(0, MOST_SOUGHT).flatMap(({ path }) => {
    const inode = inodeOf(latest, path);
    return inode === undefined ? [] : [{ path, inode }];
  });
  const sharing = treesOf(run.ports.collection)
    .filter(({ path }) => path !== latest.path)
    .filter((tree) => sought.some(({ path, inode }) => inodeOf(tree, path) === inode));
  const names = damaged.slice(0, MOST_NAMED).map(({ path }) => path);
  const more = damaged.length > names.length ? ` and ${damaged.length - names.length} more` : "";
  const shared =
    sharing.length === 0
      ? ""
      : `; other trees share the damage: ${sharing.map(({ generation }) => generation).join(", ")}`;
  const message = `not as recorded in latest, and not used again: ${names.join(", ")}${more}${shared}`;
  run.warn("WARN_SYNC_DAMAGED", message);
}

/** A warning must not be what a sync fails of. */
function treesOf(collection: Collection): SealedTree[] {
  try {
    return collection.everyTree();
  } catch (error) {
    if (error instanceof SnapshotError) return [];
    throw error;
  }
}

function inodeOf(tree: SealedTree, path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(join(tree.path, path));
    return `${dev}:${ino}`;
  } catch {
    // Gone, or behind something that is no directory: nothing is shared.
    return undefined;
  }
}
