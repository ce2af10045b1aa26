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
