import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";

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

/**
 * Reads what the file system of a directory has, also where that is yet to be made. Fits the port
 * `freeSpace` as it is: nothing is to stay free then.
 *
 * @throws the system's error where what is there may not be looked at
 */
export async function readFreeSpace(directory: string): Promise<FileSystemSpace> {
  for (let path = resolve(directory); ; path = dirname(path)) {
    try {
      const [{ dev }, space] = await Promise.all([stat(path), statfs(path)]);
      const { bavail, blocks, bsize, files, ffree } = space;
      return {
        bytes: bavail * bsize,
        // File systems without a fixed number of inodes (btrfs) report none at all.
        inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree,
        size: blocks * bsize,
        device: dev,
      };
    } catch (error) {
      if (!isMissing(error) || path === dirname(path)) throw error;
    }
  }
}

/** Also where a file stands in the way. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code))
  );
}
