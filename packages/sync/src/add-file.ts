import { agree } from "./contents.js";
import { SyncError } from "./error.js";
import type { PoolFile } from "./pool-files.js";

/** All of Debian with every architecture and its sources has less than a million; each takes 0.5 KB. */
const MOST = 3_000_000;

/**
 * Adds a file that an index names to those known, each once.
 *
 * @throws SyncError ERR_SYNC_CONFLICTING_FILE when it is known with other content, ERR_SYNC_BAD_INDEX
 * when there are more than `most`
 */
export function addFile(files: Map<string, PoolFile>, file: PoolFile, most = MOST): void {
  const known = files.get(file.path);
  if (!known) {
    if (files.size >= most) {
      const message = `${file.suite}: the indices list more than ${most} files`;
      throw new SyncError("ERR_SYNC_BAD_INDEX", message, { suite: file.suite });
    }
    files.set(file.path, file);
    return;
  }
  if (known.size !== file.size || !agree(known.digests, file.digests)) {
    throw new SyncError(
      "ERR_SYNC_CONFLICTING_FILE",
      `${file.path}: ${known.suite} and ${file.suite} list it with different content`,
      { path: file.path, suite: file.suite, expected: known.suite },
    );
  }
  // What either suite lists is checked.
  const more = Object.keys(file.digests).some((name) => !(name in known.digests));
  if (more) files.set(file.path, { ...known, digests: { ...known.digests, ...file.digests } });
}
