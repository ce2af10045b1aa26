import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

/** `path`, or the nearest directory above it that exists, with its status. */
export function nearestExisting(path: string): { path: string; stats: Stats } {
  for (let current = path; ; current = dirname(current)) {
    const stats = statSync(current, { throwIfNoEntry: false });
    if (stats !== undefined) return { path: current, stats };
    if (dirname(current) === current) throw new TypeError(`${path} is no absolute path`);
  }
}
