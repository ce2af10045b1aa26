import { lstatSync, readdirSync } from "node:fs";
import { errnoOf, reading } from "./errno.js";

/** What only one tree holds. */
export interface UniqueBytes {
  /** Files that have no name outside the tree; several names in it are one file. */
  readonly files: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

/**
 * What goes when a tree goes: its files all of whose names lie within. Follows no symlink; what
 * vanishes meanwhile does not count.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function uniqueBytes(tree: string): UniqueBytes {
  let files = 0;
  let bytes = 0;
  /** How many names of a file with several were not seen yet. */
  const several = new Map<number, number>();
  const visit = (directory: string) => {
    for (const entry of gone(directory, () => readdirSync(directory, { withFileTypes: true })) ??
      []) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        visit(path);
        continue;
      }
      const stats = gone(path, () => lstatSync(path));
      if (stats?.isFile() !== true) continue;
      const left = (several.get(stats.ino) ?? stats.nlink) - 1;
      if (left > 0) several.set(stats.ino, left);
      else {
        several.delete(stats.ino);
        files += 1;
        bytes += stats.size;
      }
    }
  };
  visit(tree);
  return { files, bytes };
}

function gone<T>(path: string, read: () => T): T | undefined {
  return reading(path, () => {
    try {
      return read();
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  });
}
