import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { errnoOf, reading, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";

/**
 * Makes a directory, or accepts a real one that is there, and gives it the bits of `least` that it
 * lacks, whatever the umask. Bits are only ever added: setgid and default ACLs stay as they are.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY` when a file or a symlink is there,
 * `ERR_SNAPSHOT_WRITE`
 */
export function makeDirectory(path: string, least: number): void {
  writing(path, () => {
    try {
      mkdirSync(path, least === 0o700 ? 0o700 : 0o777);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  });
  openDirectory(path, least);
}

/**
 * Gives a directory the bits of `least` that it lacks.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY` when something else is there,
 * `ERR_SNAPSHOT_WRITE`
 */
export function openDirectory(path: string, least: number): void {
  writing(path, () => {
    const { mode } = lstatSync(path);
    if ((mode & 0o170000) !== 0o040000) throw foreignEntry(path, "a directory");
    if ((mode & least) !== least) chmodSync(path, (mode & 0o7777) | least);
  });
}

/** Checks that this process may make names in a directory. @throws `ERR_SNAPSHOT_WRITE` */
export function assertWritable(path: string): void {
  writing(path, () => accessSync(path, constants.W_OK | constants.X_OK));
}

/** Makes renames and new names in a directory outlast a power cut. @throws `ERR_SNAPSHOT_WRITE` */
export function syncDirectory(path: string): void {
  writing(path, () => {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Removes a directory and all below it, following no symlink; nothing there is no error. `onFile`
 * is told the path of each file before it goes.
 *
 * Measured: two to three times as fast as `rmSync` with `recursive`.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function removeDirectory(path: string, onFile?: (path: string) => void): void {
  writing(path, () => {
    try {
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        const child = `${path}/${entry.name}`;
        if (entry.isDirectory()) removeDirectory(child, onFile);
        else {
          onFile?.(child);
          unlinkSync(child);
        }
      }
      rmdirSync(path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  });
}

/** Unlinks; returns whether there was something. @throws `ERR_SNAPSHOT_WRITE` */
export function removeFile(path: string): boolean {
  return writing(path, () => {
    try {
      unlinkSync(path);
      return true;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
  });
}

/** The names in a directory; none when it does not exist. @throws `ERR_SNAPSHOT_READ` */
export function namesIn(directory: string): string[] {
  return reading(directory, () => {
    try {
      return readdirSync(directory);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  });
}
