/** Lets so many do something at a time; the others wait, in the order in which they came. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** Turns for `width` at a time. */
export function createTurns(width: number): Turns {
  const waiting: (() => void)[] = [];
  let free = width;
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
