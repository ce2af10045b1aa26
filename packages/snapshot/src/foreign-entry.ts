import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

/** The error for something that is not ours at `path`. */
export function foreignEntry(path: string, expected: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_FOREIGN_ENTRY",
    `${printable(path)}: taken by something that was not made here, expected ${expected}`,
    { path, expected, cause },
  );
}

/** The error for another tool's symlink in the place of a public directory; `found` is what it shows. */
export function foreignLink(path: string, found: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_FOREIGN_ENTRY",
    `${printable(path)}: a link to ${printable(found)} that was not made here, expected a directory`,
    { path, expected: "a directory", found },
  );
}
