import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeFile, syncDirectory } from "./directory.js";
import { writing } from "./errno.js";
import { temporaryName } from "./layout.js";
import { writeNew } from "./write-new.js";

/**
 * Replaces a file in one step that lasts: written under another name, fsync, rename, fsync of the
 * directory.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = join(dirname(path), temporaryName());
  writing(path, () => {
    try {
      writeNew(temporary, bytes, mode, path);
      renameSync(temporary, path);
    } catch (error) {
      removeFile(temporary);
      throw error;
    }
  });
  syncDirectory(dirname(path));
}
