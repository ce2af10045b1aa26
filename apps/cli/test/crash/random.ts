import { createHash } from "node:crypto";

/** Choices that can be made again from the same seed. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** So many of them, or all, in any order. */
  some<Item>(items: readonly Item[], count: number): Item[];
  /** About so many, at equal distances from the first one on, which is any. */
  everyNth<Item>(items: readonly Item[], count: number): Item[];
}

export function openRandom(seed: string): Random {
  let drawn = 0;
  const next = () => {
    drawn += 1;
    const digest = createHash("sha256").update(`${seed} ${drawn}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
  return {
    next,
    some(items, count) {
      const left = [...items];
      const taken: typeof left = [];
      while (taken.length < count && left.length > 0)
        taken.push(...left.splice(Math.floor(next() * left.length), 1));
      return taken;
    },
    everyNth(items, count) {
      const distance = Math.max(1, Math.ceil(items.length / count));
      const first = Math.floor(next() * Math.min(distance, items.length));
      return items.filter((_, index) => index % distance === first);
    },
  };
}
