import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

/** One file of a tree. */
export interface ManifestFile {
  /** Relative to the tree, in the form that {@link safePath} returns. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /**
   * Milliseconds since the epoch, a whole number of seconds: what the file itself has besides, as
   * one that was linked from elsewhere may, does not count.
   */
  readonly mtime: number;
  /**
   * What the content was checked against besides its SHA-256, in words of the caller's own: at most
   * 200 characters. Who reuses the file can tell by it what is left to check.
   */
  readonly checked?: string;
}

const MAX_CHECKED = 200;

/** What is wrong with the facts of a file besides its path; undefined when nothing is. */
export function faultOfFile(file: ManifestFile): string | undefined {
  if (!Number.isSafeInteger(file.size) || file.size < 0) return "size is no count of bytes";
  if (!Number.isSafeInteger(file.mtime) || file.mtime % 1000 !== 0)
    return "mtime is no whole number of seconds in milliseconds";
  if (!/^[0-9a-f]{64}$/.test(file.sha256)) return "sha256 is not 64 lower-case hex digits";
  if (file.checked !== undefined && file.checked.length > MAX_CHECKED)
    return `checked has more than ${MAX_CHECKED} characters`;
  return undefined;
}

/** Whether a file on disk has the time of its record. */
export function hasTimeOf(file: ManifestFile, mtimeMs: number): boolean {
  return Math.floor(mtimeMs / 1000) * 1000 === file.mtime;
}

/** The error for a file on disk that is not what its record says. */
export function notAsRecorded(
  path: string,
  expected: string,
  found: string,
  cause?: unknown,
): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_NOT_AS_RECORDED",
    `${printable(path)}: not as recorded, expected ${expected}, got ${found}`,
    { path, expected, found, cause },
  );
}
