/** Far more than there are packages, so that few keys share a bucket. */
const BUCKETS = 1 << 20;

/**
 * The items whose key another one may have too: all that share one, and few besides. To remember
 * the keys of all would take more memory than anything else that is decided of packages.
 */
export function maybeRepeated<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const counts = new Uint8Array(BUCKETS);
  for (const item of items) {
    const bucket = bucketOf(keyOf(item));
    counts[bucket] = Math.min(2, (counts[bucket] ?? 0) + 1);
  }
  return items.filter((item) => counts[bucketOf(keyOf(item))] !== 1);
}

function bucketOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0;
  return hash & (BUCKETS - 1);
}
