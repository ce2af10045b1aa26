import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { removeFile, syncDirectory } from "./directory.js";
import { writing } from "./errno.js";
import type { By } from "./history-entry.js";
import { type MarkKind, type SnapshotPaths, temporaryName } from "./layout.js";

/** Who marked a snapshot, when and by what. */
export interface MarkNote {
  readonly at: Date;
  readonly by: By;
  readonly command: string;
}

/**
 * Puts a mark beside a snapshot, in place of one that is there. What is in the file is for people:
 * that it is there counts, so that nothing can garble it.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function putMark(paths: SnapshotPaths, kind: MarkKind, note: MarkNote): void {
  const { at, by, command } = note;
  const path = paths.marks[kind];
  const temporary = join(paths.directory, temporaryName());
  writing(path, () => {
    const fd = openSync(temporary, "wx", 0o644);
    try {
      try {
        writeSync(fd, `${JSON.stringify({ at: at.toISOString(), by, command })}\n`);
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
  syncDirectory(paths.directory);
}

/** Takes a mark away; nothing there is no error. @throws `ERR_SNAPSHOT_WRITE` */
export function removeMark(paths: SnapshotPaths, kind: MarkKind): void {
  if (removeFile(paths.marks[kind])) syncDirectory(paths.directory);
}
