import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory, namesIn, openDirectory, removeFile, syncDirectory } from "./directory.js";
import { reading, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { copyFile } from "./hardlink.js";
import { asideName, isTemporaryName, type TreePaths, temporaryName } from "./layout.js";
import { type ManifestFile, notAsRecorded } from "./manifest-file.js";

/** How a file of a sealed tree was put in its place again. */
export interface MendedFile {
  /** A second name of the source, or a copy of it. */
  readonly by: "link" | "copy";
  /** Where a directory lies now that was in the place of the file; absolute. */
  readonly aside?: string;
}

const CHUNK = 1 << 20;

/**
 * Renames a file with the bytes that the manifest names over whatever has its path in a sealed tree.
 * Whoever opens that path meanwhile gets the one or the other, whole; what was there lives on under
 * its other names. Directories above that are gone are made again, and all of them get at least mode
 * 0755.
 *
 * The new file is made beside the tree, not in it: what a process that died left there, the next call
 * removes, and so does a sweep.
 *
 * @param source - a regular file with these bytes: the caller has hashed it. It gets a second name
 * where its mtime and mode are those of the record, and is copied otherwise
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` for a source that is not so;
 * `ERR_SNAPSHOT_FOREIGN_ENTRY` where something else is in the place of a directory above the file:
 * nothing is followed out of the tree; `ERR_SNAPSHOT_WRITE`. What was there is there still then
 */
export function mendFile(tree: TreePaths, file: ManifestFile, source: string): MendedFile {
  const target = `${tree.tree}/${file.path}`;
  removeLeftOver(tree.directory);
  enter(tree.tree, file.path);
  const temporary = join(tree.directory, temporaryName());
  try {
    const by = place(source, temporary, file);
    syncFile(temporary);
    const aside = exchange(temporary, target);
    syncDirectory(dirname(target));
    return aside === undefined ? { by } : { by, aside };
  } finally {
    // There only if something failed, or if the two were names of one file already.
    removeFile(temporary);
  }
}

/**
 * Checks that {@link mendFile} can come to the place of a file in a sealed tree: throws where it would,
 * and changes nothing.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ`
 */
export function checkMend(tree: TreePaths, file: ManifestFile): void {
  for (const directory of directoriesAbove(tree.tree, file.path)) {
    const stats = statsOf(directory);
    if (stats === undefined) return;
    if (!stats.isDirectory()) throw foreignEntry(directory, "a directory");
  }
}

function removeLeftOver(directory: string): void {
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    if (isTemporaryName(name) && statsOf(path)?.isFile() === true) removeFile(path);
  }
}

/** Opens the directories above a file to everybody, from the top, and makes those that are gone. */
function enter(tree: string, path: string): void {
  openDirectory(tree, 0o755);
  for (const directory of directoriesAbove(tree, path)) {
    const isGone = statsOf(directory) === undefined;
    makeDirectory(directory, 0o755);
    if (isGone) syncDirectory(dirname(directory));
  }
}

/** The directories between a tree and its file, the outermost first. */
function directoriesAbove(tree: string, path: string): string[] {
  const segments = path.split("/").slice(0, -1);
  return segments.map((_, index) => `${tree}/${segments.slice(0, index + 1).join("/")}`);
}

function place(source: string, temporary: string, file: ManifestFile): MendedFile["by"] {
  const stats = statsOf(source);
  if (stats?.isFile() !== true || stats.size !== file.size)
    throw notAsRecorded(source, `a file of ${file.size} bytes`, "something else");
  if (stats.mtimeMs === file.mtime && (stats.mode & 0o644) === 0o644) {
    try {
      linkSync(source, temporary);
      return "link";
    } catch {
      // On another file system, or no link is left: what else may be wrong, the copy says.
    }
  }
  copyFile(source, temporary, file);
  const found = sha256Of(temporary);
  if (found !== file.sha256) throw notAsRecorded(source, `SHA256 ${file.sha256}`, found);
  return "copy";
}

/** Returns where the directory is now that was in the way. */
function exchange(temporary: string, target: string): string | undefined {
  const isDirectory = statsOf(target)?.isDirectory() === true;
  const aside = isDirectory ? join(dirname(target), asideName()) : undefined;
  writing(target, () => {
    // No file can be renamed over it, and what lies in it is nobody's to delete.
    if (aside !== undefined) renameSync(target, aside);
    try {
      renameSync(temporary, target);
    } catch (error) {
      if (aside !== undefined) renameSync(aside, target);
      throw error;
    }
  });
  return aside;
}

function syncFile(path: string): void {
  writing(path, () => {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

function sha256Of(path: string): string {
  return reading(path, () => {
    const { O_RDONLY, O_NOFOLLOW } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      const hash = createHash("sha256");
      const chunk = Buffer.allocUnsafe(CHUNK);
      for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk))
        hash.update(chunk.subarray(0, read));
      return hash.digest("hex");
    } finally {
      closeSync(fd);
    }
  });
}

function statsOf(path: string): Stats | undefined {
  return reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
}
