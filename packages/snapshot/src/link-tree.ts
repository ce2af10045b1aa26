import { lstatSync, type Stats } from "node:fs";
import { mkdir } from "node:fs/promises";
import { makeDirectory, openDirectory, removeFile } from "./directory.js";
import { reading, writeError } from "./errno.js";
import { SnapshotError } from "./error.js";
import { copyFile, linkOrCopy } from "./hardlink.js";
import { hasTimeOf, type ManifestFile, notAsRecorded } from "./manifest-file.js";
import { printable } from "./printable.js";
import type { SealedTree } from "./sealed-tree.js";

/** How many files are placed at a time, before others in this process get a turn. */
const BATCH = 1000;

/** How the files of a tree come into another. */
export interface LinkTreeOptions {
  /** An empty file of ours in the file system of the target; see {@link linkOrCopy}. */
  readonly mark: string;
  /** Copy what none of the other trees has. */
  readonly copy: boolean;
  /** Trees in the file system of the target that hold a file of that path as it is, by path. */
  readonly others: ReadonlyMap<string, SealedTree>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Places files of a sealed tree in an empty directory, each looked at once: a file that is not as
 * recorded, or that lies behind a symlink, ends it. One of less than mode 0644 is copied: the copy is
 * for everybody to read.
 *
 * Returns how many were copied and how many bytes they have.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED`, `ERR_SNAPSHOT_WRITE`,
 * `ERR_SNAPSHOT_ABORTED`
 */
export async function linkTree(
  source: string,
  target: string,
  files: Iterable<ManifestFile>,
  options: LinkTreeOptions,
): Promise<{ files: number; bytes: number }> {
  const copied = { files: 0, bytes: 0 };
  const place = (file: ManifestFile) => {
    const from = `${source}/${file.path}`;
    const to = `${target}/${file.path}`;
    const other = options.others.get(file.path);
    const copy = (path: string) => {
      copyFile(path, to, file);
      copied.files += 1;
      copied.bytes += file.size;
      checkFile(to, from, file);
    };
    const link = (path: string) => {
      linkOrCopy(path, to, file, options.mark);
      const { mode } = checkFile(to, from, file);
      if ((mode & 0o644) === 0o644) return;
      // A chmod would change the file under its other names, which may not be ours.
      removeFile(to);
      copy(path);
    };
    if (!options.copy) link(from);
    else if (other !== undefined) link(`${other.path}/${file.path}`);
    else {
      checkFile(from, from, file);
      copy(from);
    }
  };
  const makeFor = directoryMaker(source, target);
  let before: readonly ManifestFile[] = [];
  let made = Promise.resolve();
  try {
    for (const batch of batches(files)) {
      await made;
      // The directories of this batch are made by other threads while this one places the one before.
      made = makeFor(batch);
      for (const file of before) place(file);
      if (options.signal?.aborted === true) throw aborted(target, options.signal);
      before = batch;
    }
    await made;
  } catch (error) {
    await made.catch(() => {});
    throw error;
  }
  for (const file of before) place(file);
  return copied;
}

function* batches(files: Iterable<ManifestFile>): Generator<readonly ManifestFile[]> {
  let batch: ManifestFile[] = [];
  for (const file of files) {
    batch.push(file);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/**
 * Makes the directories in `target` that files need and that it has not made yet. Ends when all are
 * there, or have failed.
 */
function directoryMaker(
  source: string,
  target: string,
): (files: readonly ManifestFile[]) => Promise<void> {
  const known = new Set([""]);
  const learn = (directory: string) => {
    const from = `${source}/${directory}`;
    const stats = reading(from, () => lstatSync(from, { throwIfNoEntry: false }));
    if (stats?.isDirectory() !== true) throw notAsRecorded(from, "a directory", "something else");
    known.add(directory);
  };
  const enter = (directory: string) => {
    if (known.has(directory)) return;
    enter(parentOf(directory));
    learn(directory);
    makeDirectory(`${target}/${directory}`, 0o755);
  };
  return async (files) => {
    const making = new Map<string, Promise<unknown>>();
    const faults: unknown[] = [];
    try {
      for (const { path } of files) {
        const directory = parentOf(path);
        if (known.has(directory)) continue;
        const parent = parentOf(directory);
        for (let up = parent; up !== ""; up = parentOf(up))
          if (making.has(up)) await making.get(up);
        enter(parent);
        learn(directory);
        const made = mkdir(`${target}/${directory}`, 0o777);
        making.set(
          directory,
          made.catch((error: unknown) => faults.push(writeError(target, error))),
        );
      }
    } catch (error) {
      faults.push(error);
    }
    await Promise.all(making.values());
    if (faults.length > 0) throw faults[0];
    for (const directory of making.keys()) openDirectory(`${target}/${directory}`, 0o755);
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function checkFile(path: string, source: string, file: ManifestFile): Stats {
  const stats = reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) throw notAsRecorded(source, "a file", "nothing");
  if (!stats.isFile()) throw notAsRecorded(source, "a regular file", "something else");
  if (stats.size !== file.size || !hasTimeOf(file, stats.mtimeMs))
    throw notAsRecorded(
      source,
      `${file.size} bytes, mtime ${file.mtime} ms`,
      `${stats.size} bytes, mtime ${stats.mtimeMs} ms`,
    );
  return stats;
}

function aborted(path: string, signal: AbortSignal): SnapshotError {
  return new SnapshotError("ERR_SNAPSHOT_ABORTED", `${printable(path)}: was given up`, {
    path,
    cause: signal.reason,
  });
}
