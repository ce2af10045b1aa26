import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of a content, by its key, that lie in a directory of downloads; nothing where it cannot be read. */
export function partialSizes(directory: string): (key: string) => number {
  const names = new Set(namesIn(directory));
  const size = (name: string) =>
    names.has(name) ? lstatSync(join(directory, name), { throwIfNoEntry: false })?.size : undefined;
  return (key) => size(key) ?? size(`${key}.part`) ?? 0;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // A dry run may lie ahead of the first sync, or be another user's.
    return [];
  }
}
