import type { Space } from "@mirror/snapshot";
import type { FreeSpace } from "./spec.js";

/** Whether something fits. */
export interface SpacePlan {
  readonly needed: Space;
  readonly free: Required<FreeSpace>;
  /** What lacks; absent where it fits. */
  readonly short?: Space;
}

/** Compares what is needed with what is free and not to stay so. */
export function planSpace(needed: Space, free: FreeSpace): SpacePlan {
  const { bytes, inodes, reserve = 0, claimed = { bytes: 0, inodes: 0 } } = free;
  const lacks = (need: number, room: number) => (need > 0 ? Math.max(0, need - room) : 0);
  const short = {
    bytes: lacks(needed.bytes, bytes - reserve - claimed.bytes),
    inodes: lacks(needed.inodes, inodes - claimed.inodes),
  };
  const isShort = short.bytes > 0 || short.inodes > 0;
  return { needed, free: { bytes, inodes, reserve, claimed }, ...(isShort ? { short } : {}) };
}

/** A snapshot that may be deleted, and what that frees. */
export interface Deletable extends Space {
  readonly name: string;
}

/** How many snapshots are named at most. */
const MOST_NAMED = 5;

/** The snapshots whose deletion frees most of what lacks, that of most first. */
export function planDeletion(
  snapshots: readonly Deletable[],
  short: Space,
): {
  readonly snapshots: readonly Deletable[];
  /** How many of the first of them are enough; absent where all are not. */
  readonly enough?: number;
} {
  const of = short.bytes > 0 ? "bytes" : "inodes";
  const most = snapshots
    .filter((snapshot) => snapshot[of] > 0)
    .toSorted((a, b) => b[of] - a[of] || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMED);
  const sums = most.map((_, index) => addSpace(...most.slice(0, index + 1)));
  const last = sums.findIndex((sum) => sum.bytes >= short.bytes && sum.inodes >= short.inodes);
  return { snapshots: most, ...(last === -1 ? {} : { enough: last + 1 }) };
}

/** The sum of several. */
export function addSpace(...spaces: readonly Space[]): Space {
  let bytes = 0;
  let inodes = 0;
  for (const space of spaces) {
    bytes += space.bytes;
    inodes += space.inodes;
  }
  return { bytes, inodes };
}
