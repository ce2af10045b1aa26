import { statfs } from "node:fs/promises";
import type { FreeSpace } from "@mirror/sync";
import { nearestExisting } from "./nearest-existing.js";

/** What the file system of `dir` has left for this user, also where `dir` is yet to be made. */
export async function freeSpace(dir: string): Promise<FreeSpace> {
  const { bavail, bsize, files, ffree } = await statfs(nearestExisting(dir).path);
  // File systems without a fixed number of inodes (btrfs) report none at all.
  return { bytes: bavail * bsize, inodes: files === 0 ? Number.POSITIVE_INFINITY : ffree };
}
