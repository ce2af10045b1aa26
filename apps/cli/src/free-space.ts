import { statfs } from "node:fs/promises";
import { nearestExisting } from "./nearest-existing.js";

/** What a file system has. */
export interface FileSystemSpace {
  /** Left for this user. */
  readonly bytes: number;
  /** `Infinity` where there is no fixed number. */
  readonly inodes: number;
  /** All of it, in bytes. */
  readonly size: number;
  /** Tells it from others. */
  readonly device: number;
}

/** What the file system of a directory has, also where that is yet to be made. */
export async function freeSpace(directory: string): Promise<FileSystemSpace> {
  const { path, stats } = nearestExisting(directory);
  const { bavail, blocks, bsize, files, ffree } = await statfs(path);
  return {
    bytes: bavail * bsize,
    // File systems without a fixed number of inodes (btrfs) report none at all.
    inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree,
    size: blocks * bsize,
    device: stats.dev,
  };
}
