/** Random numbers that a seed repeats (mulberry32): `next(n)` is a whole number from 0 up to n - 1. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
  const pick = (list) => list[next(list.length)];
  return { next, pick };
}
