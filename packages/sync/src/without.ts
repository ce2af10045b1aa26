/** A map without the keys of another; itself where it has none of them. */
export function without<V>(
  all: ReadonlyMap<string, V>,
  keys: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, V> {
  if (keys.size === 0) return all;
  const rest = new Map<string, V>();
  for (const [key, value] of all) if (!keys.has(key)) rest.set(key, value);
  return rest;
}
