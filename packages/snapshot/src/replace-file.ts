import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeFile, syncDirectory } from "./directory.js";
import { writing } from "./errno.js";
import { temporaryName } from "./layout.js";

/**
 * Replaces a file in one step that lasts: written under another name, fsync, rename, fsync of the
 * directory.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = join(dirname(path), temporaryName());
  writing(path, () => {
    const fd = openSync(temporary, "wx", mode);
    try {
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      removeFile(temporary);
      throw error;
    }
  });
  syncDirectory(dirname(path));
}
