import type { Digests } from "@mirror/deb822";
import { agree } from "./contents.js";
import { SyncError } from "./error.js";
import { ownText } from "./own-text.js";
import type { PoolFile } from "./pool-files.js";

/** All of Debian with every architecture and its sources has less than a million; each takes 0.4 KB. */
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
    const path = ownText(file.path);
    files.set(path, {
      path,
      size: file.size,
      digests: ownDigests(file.digests),
      suite: file.suite,
    });
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
  if (more)
    files.set(known.path, { ...known, digests: { ...known.digests, ...ownDigests(file.digests) } });
}

function ownDigests({ md5, sha1, sha256, sha512 }: Digests): Digests {
  const own: Digests = {};
  if (md5 !== undefined) own.md5 = ownText(md5);
  if (sha1 !== undefined) own.sha1 = ownText(sha1);
  if (sha256 !== undefined) own.sha256 = ownText(sha256);
  if (sha512 !== undefined) own.sha512 = ownText(sha512);
  return own;
}
