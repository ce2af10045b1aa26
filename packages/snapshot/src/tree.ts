import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  utimesSync,
  writeSync,
} from "node:fs";
import { checkEntries } from "./check-entries.js";
import { makeDirectory, syncDirectory } from "./directory.js";
import { errnoOf, writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { copyFile, linkOrCopy, linkOrRename } from "./hardlink.js";
import type { TreePaths } from "./layout.js";
import { writeManifest } from "./manifest.js";
import { faultOfFile, hasTimeOf, type ManifestFile, notAsRecorded } from "./manifest-file.js";
import { printable } from "./printable.js";
import { removeTree } from "./remove-tree.js";
import { safePath } from "./safe-path.js";
import { type SealedTree, sealedTree } from "./sealed-tree.js";
import { syncFileSystem } from "./sync-file-system.js";
import type { TreeBuilder } from "./tree-builder.js";

/**
 * Starts a tree. First the mark that it is ours lies on disk, then its directory.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_TREE_EXISTS`, `ERR_SNAPSHOT_WRITE`
 */
export function newTree(paths: TreePaths, onEnd: () => void): TreeBuilder {
  for (const path of [paths.tree, paths.manifest, paths.unsealed])
    if (writing(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined)
      throw new SnapshotError(
        "ERR_SNAPSHOT_TREE_EXISTS",
        `${printable(paths.generation)}: there is a tree of this generation, found ${printable(path)}`,
        { path: paths.tree, found: path },
      );
  writing(paths.unsealed, () => closeSync(openSync(paths.unsealed, "wx")));
  syncDirectory(paths.directory);
  writing(paths.tree, () => mkdirSync(paths.tree));
  makeDirectory(paths.tree, 0o755);
  return new Builder(paths, onEnd);
}

class Builder implements TreeBuilder {
  readonly path: string;
  readonly generation: string;
  readonly #paths: TreePaths;
  readonly #onEnd: () => void;
  readonly #files = new Map<string, ManifestFile>();
  readonly #directories = new Set<string>();
  #state: "open" | "sealing" | "sealed" | "discarded" = "open";

  constructor(paths: TreePaths, onEnd: () => void) {
    this.path = paths.tree;
    this.generation = paths.generation;
    this.#paths = paths;
    this.#onEnd = onEnd;
  }

  link(source: string, file: ManifestFile): void {
    const target = this.#claim(file);
    const { size, mtimeMs, mode } = regularFile(source, file);
    if (size !== file.size || !hasTimeOf(file, mtimeMs))
      throw notAsRecorded(
        source,
        `${file.size} bytes of ${moment(file.mtime)}`,
        `${size} bytes of ${moment(mtimeMs)}`,
      );
    // A chmod would change the file under its other names, which may not be ours.
    if ((mode & 0o644) !== 0o644) copyFile(source, target.path, file);
    else linkOrCopy(source, target.path, file, this.#paths.unsealed);
    this.#record(target.name, file);
  }

  copy(source: string, file: ManifestFile): void {
    const target = this.#claim(file);
    regularFile(source, file);
    copyFile(source, target.path, file);
    this.#record(target.name, file);
  }

  adopt(source: string, file: ManifestFile): void {
    const target = this.#claim(file);
    const { mode, mtimeMs, nlink } = regularFile(source, file);
    const isOpen = (mode & 0o644) === 0o644;
    const isRight = isOpen && mtimeMs === file.mtime;
    // Under another name it may be of a sealed tree: of a run that died before it removed this one.
    if (!isRight && nlink > 1) copyFile(source, target.path, file);
    else
      writing(target.path, () => {
        if (!isOpen) chmodSync(source, (mode & 0o7777) | 0o644);
        if (!isRight) utimesSync(source, file.mtime / 1000, file.mtime / 1000);
        linkOrRename(source, target.path);
      });
    this.#record(target.name, file);
  }

  write(path: string, bytes: Uint8Array, mtime: Date): ManifestFile {
    const seconds = Math.floor(mtime.getTime() / 1000);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = { path: safePath(path), size: bytes.length, sha256, mtime: seconds * 1000 };
    const target = this.#claim(file);
    writing(target.path, () => {
      const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
      const fd = openSync(target.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        const { mode } = fstatSync(fd);
        if ((mode & 0o644) !== 0o644) fchmodSync(fd, (mode & 0o7777) | 0o644);
        futimesSync(fd, seconds, seconds);
      } finally {
        closeSync(fd);
      }
    });
    this.#record(target.name, file);
    return file;
  }

  alias(existingPath: string, path: string): void {
    const existing = this.#files.get(safePath(existingPath));
    if (existing === undefined) throw notAsRecorded(existingPath, "a file of this tree", "none");
    const target = this.#claim({ ...existing, path });
    const source = `${this.path}/${existing.path}`;
    linkOrCopy(source, target.path, existing, this.#paths.unsealed);
    this.#record(target.name, existing);
  }

  has(path: string): boolean {
    return this.#files.has(safePath(path));
  }

  async seal(options: { created: Date; facts: unknown }): Promise<SealedTree> {
    this.#assertOpen();
    this.#state = "sealing";
    try {
      checkEntries(this.path, this.#files, this.#directories);
      await syncFileSystem(this.path);
      const { unsealed, manifest, directory } = this.#paths;
      writeManifest(unsealed, { ...options, files: this.#files.values() });
      writing(manifest, () => renameSync(unsealed, manifest));
      syncDirectory(directory);
    } catch (error) {
      this.#state = "open";
      throw error;
    }
    this.#state = "sealed";
    this.#onEnd();
    return sealedTree(this.#paths);
  }

  discard(): void {
    if (this.#state === "sealed" || this.#state === "discarded") return;
    if (this.#state === "sealing") throw new TypeError(`${this.generation}: is being sealed`);
    removeTree(this.#paths);
    this.#state = "discarded";
    this.#onEnd();
  }

  #assertOpen(): void {
    if (this.#state !== "open") throw new TypeError(`${this.generation}: is ${this.#state}`);
  }

  /** Checks that a file may come to its path and makes the directories above. */
  #claim(file: ManifestFile): { name: string; path: string } {
    this.#assertOpen();
    const fault = faultOfFile(file);
    if (fault !== undefined) throw new TypeError(`${printable(file.path)}: ${fault}`);
    const name = safePath(file.path);
    if (this.#files.has(name)) throw pathConflict(name, "one file", "a second one");
    if (this.#directories.has(name)) throw pathConflict(name, "a directory", "a file");
    const slash = name.lastIndexOf("/");
    if (slash > 0) this.#enter(name.slice(0, slash));
    return { name, path: `${this.path}/${name}` };
  }

  #enter(directory: string): void {
    if (this.#directories.has(directory)) return;
    if (this.#files.has(directory)) throw pathConflict(directory, "a file", "a directory");
    const slash = directory.lastIndexOf("/");
    if (slash > 0) this.#enter(directory.slice(0, slash));
    makeDirectory(`${this.path}/${directory}`, 0o755);
    this.#directories.add(directory);
  }

  #record(path: string, { size, sha256, mtime, checked }: ManifestFile): void {
    const file = { path, size, sha256, mtime };
    this.#files.set(path, checked === undefined ? file : { ...file, checked });
  }
}

function regularFile(source: string, file: ManifestFile): Stats {
  let stats: Stats | undefined;
  try {
    stats = lstatSync(source, { throwIfNoEntry: false });
  } catch (error) {
    const found = errnoOf(error);
    if (found === undefined) throw error;
    throw notAsRecorded(source, "a file", found, error);
  }
  if (stats === undefined) throw notAsRecorded(source, "a file", "nothing");
  if (!stats.isFile()) throw notAsRecorded(source, "a regular file", "something else");
  if (stats.size !== file.size)
    throw notAsRecorded(source, `${file.size} bytes`, `${stats.size} bytes`);
  return stats;
}

/** A time in ms for a message; some file systems have years that `Date` has not. */
function moment(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}

function pathConflict(path: string, expected: string, found: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_PATH_CONFLICT",
    `${printable(path)}: cannot be both, is ${expected}, wanted as ${found}`,
    { path, expected, found },
  );
}
