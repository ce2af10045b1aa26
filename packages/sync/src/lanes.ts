/**
 * Runs `work` over all items, `width` at a time, in the order of the items.
 *
 * The items are drawn as lanes get free, so that a list of 100,000 does not become as many pending
 * promises. The first rejection rejects the whole; work that may fail alone must catch.
 */
export async function inLanes<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
