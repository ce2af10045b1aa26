import type { MinFree } from "@mirror/config";

/** Bytes that are to stay free on a file system of this size. */
export function reserveOf(minFree: MinFree, size: number): number {
  if ("bytes" in minFree) return minFree.bytes;
  return Math.min(Math.floor(size * minFree.share), minFree.atMost ?? Number.POSITIVE_INFINITY);
}
