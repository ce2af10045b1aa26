import { lstatSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { makeDirectory } from "./directory.js";
import { reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { copyFile, linkOrCopy } from "./hardlink.js";
import { type ManifestFile, notAsRecorded } from "./manifest-file.js";
import { printable } from "./printable.js";
import type { SealedTree } from "./sealed-tree.js";

/** How many files are placed before others get a turn in this process. */
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
 * recorded, or that lies behind a symlink, ends it.
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
  const directories = new Set<string>();
  const enter = (directory: string) => {
    if (directories.has(directory)) return;
    const slash = directory.lastIndexOf("/");
    if (slash > 0) enter(directory.slice(0, slash));
    const from = `${source}/${directory}`;
    const stats = reading(from, () => lstatSync(from, { throwIfNoEntry: false }));
    if (stats?.isDirectory() !== true) throw notAsRecorded(from, "a directory", "something else");
    makeDirectory(`${target}/${directory}`, 0o755);
    directories.add(directory);
  };
  let count = 0;
  let last = "";
  for (const file of files) {
    const slash = file.path.lastIndexOf("/");
    const directory = slash > 0 ? file.path.slice(0, slash) : "";
    if (directory !== last) {
      if (directory !== "") enter(directory);
      last = directory;
    }
    const from = `${source}/${file.path}`;
    const to = `${target}/${file.path}`;
    const other = options.others.get(file.path);
    if (!options.copy) linkOrCopy(from, to, file, options.mark);
    else if (other !== undefined) linkOrCopy(`${other.path}/${file.path}`, to, file, options.mark);
    else {
      checkFile(from, from, file);
      copyFile(from, to, file);
      copied.files += 1;
      copied.bytes += file.size;
    }
    checkFile(to, from, file);
    count += 1;
    if (count % BATCH === 0) {
      await setImmediate();
      if (options.signal?.aborted === true) throw aborted(target, options.signal);
    }
  }
  return copied;
}

function checkFile(path: string, source: string, file: ManifestFile): void {
  const stats = reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) throw notAsRecorded(source, "a file", "nothing");
  if (!stats.isFile()) throw notAsRecorded(source, "a regular file", "something else");
  if (stats.size !== file.size || stats.mtimeMs !== file.mtime)
    throw notAsRecorded(
      source,
      `${file.size} bytes, mtime ${file.mtime} ms`,
      `${stats.size} bytes, mtime ${stats.mtimeMs} ms`,
    );
}

function aborted(path: string, signal: AbortSignal): SnapshotError {
  return new SnapshotError("ERR_SNAPSHOT_ABORTED", `${printable(path)}: was given up`, {
    path,
    cause: signal.reason,
  });
}
