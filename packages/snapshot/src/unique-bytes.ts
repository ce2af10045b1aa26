import { lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { errnoOf, reading } from "./errno.js";

/** What only some directories hold. */
export interface UniqueBytes {
  /** Files that have no name outside of them; several names within are one file. */
  readonly files: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

/** Room on a file system. */
export interface Space {
  /** In whole blocks. */
  readonly bytes: number;
  /** Files, and directories. */
  readonly inodes: number;
}

/** What `stat` counts blocks in, in bytes. */
const SECTOR = 512;

/** How long a walk takes at a time before others in this process get a turn, in ms. */
const TURN = 20;

/**
 * What goes when these directories go: files all of whose names lie within. Follows no symlink; what
 * vanishes meanwhile does not count.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function uniqueBytes(directories: readonly string[]): UniqueBytes {
  const walk = measure(directories);
  for (;;) {
    const { done, value } = walk.next();
    if (done === true) return { files: value.files, bytes: value.bytes };
  }
}

/**
 * What the file system gets back then, directories and whole blocks counted, found without holding
 * others up: a tree of Debian has half a million files.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`; the reason of the signal
 */
export async function freedBy(
  directories: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Space> {
  const walk = measure(directories);
  for (let since = performance.now(); ; ) {
    const { done, value } = walk.next();
    if (done === true)
      return { bytes: value.blocks * SECTOR, inodes: value.files + value.directories };
    if (performance.now() - since < TURN) continue;
    await setImmediate();
    signal?.throwIfAborted();
    since = performance.now();
  }
}

/** Walks a directory at a time. */
function* measure(
  directories: readonly string[],
): Generator<undefined, UniqueBytes & { readonly directories: number; readonly blocks: number }> {
  const sum = { files: 0, bytes: 0, directories: 0, blocks: 0 };
  /** How many names of a file with several were not seen yet. */
  const several = new Map<string, number>();
  const left = [...directories];
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    const path = directory;
    const entries = gone(path, () => readdirSync(path, { withFileTypes: true })) ?? [];
    sum.directories += 1;
    sum.blocks += gone(path, () => lstatSync(path))?.blocks ?? 0;
    for (const entry of entries) {
      if (entry.isDirectory()) left.push(`${path}/${entry.name}`);
      else countFile(`${path}/${entry.name}`, several, sum);
    }
    yield;
  }
  return sum;
}

function countFile(
  path: string,
  several: Map<string, number>,
  sum: { files: number; bytes: number; blocks: number },
): void {
  const stats = gone(path, () => lstatSync(path));
  if (stats?.isFile() !== true) return;
  const inode = `${stats.dev}:${stats.ino}`;
  const left = (several.get(inode) ?? stats.nlink) - 1;
  if (left > 0) {
    several.set(inode, left);
    return;
  }
  several.delete(inode);
  sum.files += 1;
  sum.bytes += stats.size;
  sum.blocks += stats.blocks;
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
