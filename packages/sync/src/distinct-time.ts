import type { Present } from "./tree-source.js";
import { wholeSeconds } from "./whole-seconds.js";

/**
 * The time that a file of the new tree gets, in ms. Other bytes never keep the time of those before
 * at that path: a client that asks whether the file changed since then would be told no.
 */
export function distinctTime(
  present: Present,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  time: Date,
): number {
  const seconds = wholeSeconds(time.getTime());
  const before = present.get(path);
  return before?.mtime === seconds && before.sha256 !== sha256 ? seconds + 1000 : seconds;
}
