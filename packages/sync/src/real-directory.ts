import { lstatSync } from "node:fs";
import { join } from "node:path";

/**
 * A test for directories below `root`, by relative path: true for those that are reached through
 * directories alone. Where one of them has become a symlink, nothing beyond it is ours any more; what
 * this process may not look at is as good as gone.
 */
export function realDirectory(root: string): (directory: string) => boolean {
  const known = new Map<string, boolean>();
  const isReal = (directory: string): boolean => {
    const told = known.get(directory);
    if (told !== undefined) return told;
    const above = directory.slice(0, Math.max(0, directory.lastIndexOf("/")));
    const real = (directory === "" || isReal(above)) && isDirectory(join(root, directory));
    known.set(directory, real);
    return real;
  };
  return isReal;
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
