import { chmodSync, constants, copyFileSync, linkSync, lstatSync, utimesSync } from "node:fs";
import { errnoOf, writeError, writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

/**
 * Gives the inode of `source` the name `target`, or copies it where the inode has no link left
 * (ext4 has 65,000). Never replaces anything. Synchronous, because that measured fastest.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function linkOrCopy(source: string, target: string, size: number, mtime: number): void {
  try {
    linkSync(source, target);
  } catch (error) {
    if (errnoOf(error) !== "EMLINK") throw writeError(target, error);
    copyFile(source, target, size, mtime);
  }
}

/**
 * Copies a regular file (sharing its blocks where the file system can), gives the copy at least
 * mode 0644 and this mtime (ms), and checks its size. Never replaces anything.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`, `ERR_SNAPSHOT_NOT_AS_RECORDED`
 */
export function copyFile(source: string, target: string, size: number, mtime: number): void {
  writing(target, () => {
    copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const copy = lstatSync(target);
    if (copy.size !== size)
      throw new SnapshotError(
        "ERR_SNAPSHOT_NOT_AS_RECORDED",
        `${printable(source)}: copy has another size, expected ${size}, got ${copy.size}`,
        { path: source, expected: String(size), found: String(copy.size) },
      );
    if ((copy.mode & 0o644) !== 0o644) chmodSync(target, (copy.mode & 0o7777) | 0o644);
    utimesSync(target, mtime / 1000, mtime / 1000);
  });
}
