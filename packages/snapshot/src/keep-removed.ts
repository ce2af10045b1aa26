import { lstatSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { makeDirectory, namesIn, removeDirectory, syncDirectory } from "./directory.js";
import { errnoOf, reading, writing } from "./errno.js";
import { isTemporaryName, keptDirectory, keptPath, temporaryName, treePaths } from "./layout.js";
import type { ManifestFile } from "./manifest-file.js";
import { type SealedTree, sealedTree } from "./sealed-tree.js";
import { writeNew } from "./write-new.js";

/** What is to be kept of a tree, gzip-compressed, by the name it is kept under. */
export type KeptFiles = ReadonlyMap<string, Buffer>;

/** The manifest of a tree, and the files of it that are asked for; undefined when there are none. */
export function filesToKeep(
  tree: SealedTree,
  keep: (file: ManifestFile, name: string) => boolean,
): KeptFiles | undefined {
  const kept = new Map<string, Buffer>();
  for (const file of tree.files()) {
    if (!keep(file, tree.generation)) continue;
    const path = `${tree.path}/${file.path}`;
    const stats = reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
    // What is damaged is lost already; it must not keep the rest from being removed.
    if (stats?.isFile() !== true || stats.size !== file.size) continue;
    kept.set(keptPath("", file), gzipSync(reading(path, () => readFileSync(path))));
  }
  if (kept.size === 0) return undefined;
  const manifest = reading(tree.manifestPath, () => readFileSync(tree.manifestPath));
  return kept.set(keptPath("", "manifest"), gzipSync(manifest));
}

/**
 * Puts what is kept in a directory of its own, in place of what is kept of an earlier snapshot of
 * that name. It is on disk on return.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function writeKept(state: string, name: string, kept: KeptFiles): void {
  const directory = keptDirectory(state);
  makeDirectory(directory, 0o700);
  clearKept(state);
  const temporary = join(directory, temporaryName());
  try {
    makeDirectory(temporary, 0o700);
    for (const [file, bytes] of kept) writeNew(join(temporary, file), bytes, 0o600);
    syncDirectory(temporary);
    const path = join(directory, name);
    removeDirectory(path);
    writing(path, () => renameSync(temporary, path));
    syncDirectory(directory);
  } catch (error) {
    removeDirectory(temporary);
    throw error;
  }
}

/** Removes what was to be kept when its writer died. Returns how much. @throws `ERR_SNAPSHOT_WRITE` */
export function clearKept(state: string): number {
  const directory = keptDirectory(state);
  const left = namesIn(directory).filter(isTemporaryName);
  for (const name of left) removeDirectory(join(directory, name));
  return left.length;
}

/**
 * What is kept of a removed snapshot: its manifest, or the file of this SHA-256; undefined when it
 * was not kept.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function readKept(
  state: string,
  name: string,
  content: "manifest" | { readonly sha256: string },
): Buffer | undefined {
  const path = keptPath(join(keptDirectory(state), name), content);
  return reading(path, () => {
    try {
      return gunzipSync(readFileSync(path));
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  });
}

/**
 * Writes the manifest that is kept of a snapshot into a directory, and returns the tree that it
 * tells of: nothing lies at its path. Undefined when nothing was kept.
 */
export function keptTree(state: string, name: string, directory: string): SealedTree | undefined {
  const manifest = readKept(state, name, "manifest");
  if (manifest === undefined) return undefined;
  const paths = treePaths(directory, name);
  writeNew(paths.manifest, manifest, 0o600);
  return sealedTree(paths);
}
