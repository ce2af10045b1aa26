import type { MinFree } from "@mirror/config";
import { type FreeSpace, readFreeSpace } from "@mirror/sync";
import { reserveOf } from "./reserve.js";

/** What a file system has for a command whose mirrors take turns, and what `min_free` keeps of it. */
export function freeSpaceBeside(minFree: MinFree): (directory: string) => Promise<FreeSpace> {
  return async (directory) => {
    const { bytes, inodes, size } = await readFreeSpace(directory);
    return { bytes, inodes, reserve: reserveOf(minFree, size) };
  };
}
