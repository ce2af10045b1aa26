import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

/** `path`, or what exists nearest above it (also a file that stands in the way), with its status. */
export function nearestExisting(path: string): { path: string; stats: Stats } {
  for (let current = path; ; current = dirname(current)) {
    const stats = statusOf(current);
    if (stats !== undefined) return { path: current, stats };
    if (dirname(current) === current) throw new TypeError(`${path} is no absolute path`);
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTDIR") return undefined;
    throw error;
  }
}
