import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  utimesSync,
} from "node:fs";
import { removeFile } from "./directory.js";
import { errnoOf, writeError, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { notAsRecorded } from "./manifest-file.js";

/** What is never the fault of a source: its name is taken, no room, or this process has too much. */
const NOT_OF_SOURCE = new Set([
  "EEXIST",
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
]);

/**
 * Gives the inode of `source` the name `target`, or copies it where the inode has no link left
 * (ext4 has 65,000). Never replaces anything. Synchronous, because that measured fastest.
 *
 * link(2) does not say which of its two paths it failed for. So where the file `mark`, which is
 * ours and on the tree's own file system, can be linked to `target`, the fault is the source's.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` for a fault of the source, and then
 * there is no `target`; `ERR_SNAPSHOT_WRITE`, `ERR_SNAPSHOT_FOREIGN_ENTRY`
 */
export function linkOrCopy(
  source: string,
  target: string,
  file: { readonly size: number; readonly mtime: number },
  mark: string,
): void {
  try {
    linkSync(source, target);
  } catch (error) {
    const found = errnoOf(error);
    if (found === "EMLINK") {
      copyFile(source, target, file);
      return;
    }
    if (found === undefined || NOT_OF_SOURCE.has(found)) throw writeError(target, error);
    writing(target, () => linkSync(mark, target));
    removeFile(target);
    throw notAsRecorded(source, "a file to link", found, error);
  }
}

/** Of a file system without links, or without room for one more. */
const NO_LINK = new Set(["EPERM", "EMLINK", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "ENOSPC", "EDQUOT"]);

/** Gives a file another name, and renames it where it can have but one. Never replaces anything. */
export function linkOrRename(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    const found = errnoOf(error);
    if (found === undefined || !NO_LINK.has(found)) throw error;
    // rename(2) replaces what is there, unlike link(2).
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined)
      throw foreignEntry(target, "nothing");
    renameSync(source, target);
  }
}

/**
 * Copies a regular file (sharing its blocks where the file system can), gives the copy at least
 * mode 0644 and this mtime (ms), and checks its size. Never replaces anything.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` when the source cannot be read or has
 * another size, and then there is no `target`; `ERR_SNAPSHOT_WRITE`, `ERR_SNAPSHOT_FOREIGN_ENTRY`
 */
export function copyFile(
  source: string,
  target: string,
  { size, mtime }: { readonly size: number; readonly mtime: number },
): void {
  try {
    copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    const found = errnoOf(error);
    if (found !== undefined && !NOT_OF_SOURCE.has(found)) assertReadable(source);
    throw writeError(target, error);
  }
  writing(target, () => {
    const copy = lstatSync(target);
    if (copy.size !== size) {
      removeFile(target);
      throw notAsRecorded(source, `${size} bytes to copy`, `${copy.size} bytes`);
    }
    if ((copy.mode & 0o644) !== 0o644) chmodSync(target, (copy.mode & 0o7777) | 0o644);
    utimesSync(target, mtime / 1000, mtime / 1000);
  });
}

/** Reads a file to its end. @throws `ERR_SNAPSHOT_NOT_AS_RECORDED` */
function assertReadable(source: string): void {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const bytes = Buffer.allocUnsafe(1 << 20);
      while (readSync(fd, bytes) > 0);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const found = errnoOf(error);
    if (found === undefined) throw error;
    if (!NOT_OF_SOURCE.has(found)) throw notAsRecorded(source, "a readable file", found, error);
  }
}
