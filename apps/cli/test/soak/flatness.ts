/** What a process holds once a run is over: bytes, and counts. */
export interface Held {
  readonly rss: number;
  /** Of the heap and what is bound to it, after everything that can go has gone. */
  readonly heap: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Work that waits for the end of the process. */
  readonly exits: number;
}

/** By how much what is held may be more in the end than once things have settled. */
export type Allowance = Readonly<Record<keyof Held, number>>;

/** Three moments of a long run, each as the least of some runs about it. */
export interface Flatness {
  /** When things have settled, in the middle, and in the end. */
  readonly moments: readonly [Held, Held, Held];
  /** What grew, one line each. */
  readonly violations: readonly string[];
}

const KEYS = ["rss", "heap", "descriptors", "threads", "exits"] as const;

/** With fewer, the first moment and the last one are the same runs. */
const LEAST_RUNS = 8;

/**
 * Judges whether a process that has done the same over and over holds no more for it.
 * @throws RangeError for fewer than 8 runs: nothing can be said of them.
 */
export function judgeFlatness(held: readonly Held[], allowance: Allowance): Flatness {
  if (held.length < LEAST_RUNS)
    throw new RangeError(`${held.length} runs were measured, expected ${LEAST_RUNS} at least`);
  // Code is compiled, and caches of fixed sizes fill, in the first runs.
  const settled = held.slice(Math.floor(held.length / 4));
  const size = Math.max(3, Math.floor(settled.length / 5));
  const half = Math.max(0, Math.floor((settled.length - size) / 2));
  const moments = [
    leastOf(settled.slice(0, size)),
    leastOf(settled.slice(half, half + size)),
    leastOf(settled.slice(-size)),
  ] as const;
  const [first, , last] = moments;
  const violations = KEYS.filter((key) => !(last[key] - first[key] <= allowance[key])).map(
    (key) => `${key}: ${first[key]} at first, ${last[key]} after ${held.length} runs`,
  );
  return { moments, violations };
}

/** What is on its way out is there in some runs, what is kept in all. */
function leastOf(held: readonly Held[]): Held {
  const of = (key: keyof Held) => Math.min(...held.map((one) => one[key]));
  return {
    rss: of("rss"),
    heap: of("heap"),
    descriptors: of("descriptors"),
    threads: of("threads"),
    exits: of("exits"),
  };
}
