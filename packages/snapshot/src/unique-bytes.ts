import { lstatSync, readdirSync } from "node:fs";
import { errnoOf, reading } from "./errno.js";

/** What only some directories hold. */
export interface UniqueBytes {
  /** Files that have no name outside of them; several names within are one file. */
  readonly files: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

/**
 * What goes when these directories go: files all of whose names lie within. Follows no symlink; what
 * vanishes meanwhile does not count.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function uniqueBytes(directories: readonly string[]): UniqueBytes {
  let files = 0;
  let bytes = 0;
  /** How many names of a file with several were not seen yet. */
  const several = new Map<string, number>();
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
      const inode = `${stats.dev}:${stats.ino}`;
      const left = (several.get(inode) ?? stats.nlink) - 1;
      if (left > 0) several.set(inode, left);
      else {
        several.delete(inode);
        files += 1;
        bytes += stats.size;
      }
    }
  };
  for (const directory of directories) visit(directory);
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
