import { lstatSync } from "node:fs";
import { join } from "node:path";

/**
 * A test for directories below `root`, by relative path: true for those that are reached through
 * directories alone. Where one of them has become a symlink, nothing beyond it is ours any more.
 */
export function realDirectory(root: string): (directory: string) => boolean {
  const known = new Map<string, boolean>();
  const isReal = (directory: string): boolean => {
    const told = known.get(directory);
    if (told !== undefined) return told;
    const above = directory.slice(0, Math.max(0, directory.lastIndexOf("/")));
    const stat = () => lstatSync(join(root, directory), { throwIfNoEntry: false });
    const real = (directory === "" || isReal(above)) && stat()?.isDirectory() === true;
    known.set(directory, real);
    return real;
  };
  return isReal;
}
