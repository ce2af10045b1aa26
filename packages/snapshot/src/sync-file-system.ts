import { errnoOf } from "./errno.js";
import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";
import { run } from "./run.js";

/**
 * Waits until everything written to the file system that holds `path` is on disk: one syncfs(2), by
 * `sync -f`, whose status tells of earlier write errors too. One for a whole tree instead of an
 * fsync per file.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_SYNCED`
 */
export async function syncFileSystem(path: string): Promise<void> {
  try {
    const { status, stderr } = await run("sync", ["-f", path]);
    if (status !== 0) throw notSynced(path, `${status} ${stderr}`, undefined);
  } catch (error) {
    const found = errnoOf(error);
    throw found === undefined ? error : notSynced(path, found, error);
  }
}

function notSynced(path: string, found: string, cause: unknown): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_NOT_SYNCED",
    `${printable(path)}: not on disk, expected sync -f to end with 0, got ${printable(found)}`,
    { path, expected: "0", found: printable(found), cause },
  );
}
