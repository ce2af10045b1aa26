/** The name itself where it is free, else the first of `NAME-2`, `NAME-3`, ... that is. */
export function freeSnapshotName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}
