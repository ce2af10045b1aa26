import { constants } from "node:os";
import { SnapshotError } from "./error.js";
import { foreignEntry } from "./foreign-entry.js";
import { printable } from "./printable.js";

/** The name of the errno behind an error of `node:fs`, such as `ENOENT`; undefined for others. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "errno" in error && "code" in error)) return undefined;
  // The one that Node has no name for: it says "Unknown system error -122".
  return error.errno === -constants.errno.EDQUOT ? "EDQUOT" : String(error.code);
}

/** What `action` returns; an errno becomes `ERR_SNAPSHOT_WRITE` about `path`. */
export function writing<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeError(path, error);
  }
}

/** What `action` returns; an errno becomes `ERR_SNAPSHOT_READ` about `path`. */
export function reading<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const found = errnoOf(error);
    if (found === undefined) throw error;
    throw new SnapshotError("ERR_SNAPSHOT_READ", `${printable(path)}: cannot read: ${found}`, {
      path,
      found,
      cause: error,
    });
  }
}

/**
 * `ERR_SNAPSHOT_WRITE` for an errno, `ERR_SNAPSHOT_FOREIGN_ENTRY` when something is there already;
 * anything else comes back as it is.
 */
export function writeError(path: string, error: unknown): unknown {
  const found = errnoOf(error);
  if (found === undefined) return error;
  if (found === "EEXIST") return foreignEntry(path, "nothing", error);
  return new SnapshotError("ERR_SNAPSHOT_WRITE", `${printable(path)}: cannot write: ${found}`, {
    path,
    found,
    cause: error,
  });
}
