import picomatch from "picomatch";

/** Says of a repository path whether one of the globs of `ignoreMissing` names it. */
export function ignoredBy(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs], { dot: true });
}
