import { SnapshotError, safePath } from "@mirror/snapshot";
import { SyncError } from "./error.js";
import { isMetadataName } from "./metadata-name.js";

/**
 * A path from signed metadata, safe to join to a tree: inner `.` and empty segments dropped, as apt
 * does, and kept as written otherwise.
 *
 * @throws SyncError ERR_SYNC_UNSAFE_PATH
 */
export function repositoryPath(path: string, suite: string): string {
  try {
    return safePath(path);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new SyncError("ERR_SYNC_UNSAFE_PATH", `${suite}: ${error.message}`, {
      suite,
      path,
      cause: error,
    });
  }
}

/**
 * The path of a package's file: a {@link repositoryPath} that is no metadata, so that a package
 * list cannot replace what is signed.
 *
 * @throws SyncError ERR_SYNC_UNSAFE_PATH
 */
export function poolPath(path: string, suite: string, metadata: ReadonlySet<string>): string {
  const safe = repositoryPath(path, suite);
  const segments = safe.split("/");
  if (isMetadataName(safe) || segments.includes("by-hash") || metadata.has(safe)) {
    throw new SyncError(
      "ERR_SYNC_UNSAFE_PATH",
      `${suite}: ${JSON.stringify(path)} is listed as a package's file, but it is metadata`,
      { suite, path },
    );
  }
  return safe;
}
