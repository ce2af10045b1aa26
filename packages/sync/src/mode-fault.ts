import type { BigIntStats, Stats } from "node:fs";

/** What keeps clients from a file or a directory; modes in octal, such as `0644`. */
export interface ModeFault {
  /** At least these bits. */
  readonly expected: string;
  readonly found: string;
}

const FILE = 0o644;
const DIRECTORY = 0o755;

/**
 * The fault of a file that not everybody may read, or of a directory that not everybody may list and
 * pass through: a web server runs as another user. Undefined where there is none.
 */
export function modeFault(stats: Stats | BigIntStats): ModeFault | undefined {
  const least = stats.isDirectory() ? DIRECTORY : FILE;
  const mode = Number(stats.mode) & 0o7777;
  if ((mode & least) === least) return undefined;
  return { expected: octal(least), found: octal(mode) };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
