import type { BigIntStats } from "node:fs";

/** Digests of files by inode, size and times, so that what trees share is read once. */
export interface DigestCache {
  /** The digests of a file in lower-case hex, by algorithm, if all of these are known. */
  find(file: BigIntStats, algorithms: readonly string[]): ReadonlyMap<string, string> | undefined;
  /** Keeps what was found of a file. */
  keep(file: BigIntStats, digests: ReadonlyMap<string, string>): void;
}

/** Makes a cache; a file takes it some 300 bytes. */
export function createDigestCache(): DigestCache {
  const known = new Map<string, string>();
  // Not the time of the inode: that changes with each name that the file gets. A file that is mended
  // may get the number of one that is gone, with its size and its time; it was made later.
  const keyOf = ({ dev, ino, size, mtimeNs, birthtimeNs }: BigIntStats) =>
    `${dev}:${ino}:${birthtimeNs}:${size}:${mtimeNs}`;
  return {
    find(file, algorithms) {
      const text = known.get(keyOf(file));
      if (text === undefined) return undefined;
      const digests = new Map(text.split(" ").map((pair) => pair.split(":") as [string, string]));
      return algorithms.every((name) => digests.has(name)) ? digests : undefined;
    },
    keep(file, digests) {
      known.set(keyOf(file), [...digests].map((pair) => pair.join(":")).join(" "));
    },
  };
}
