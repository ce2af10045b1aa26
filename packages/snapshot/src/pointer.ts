import { renameSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { assertWritable, removeFile, syncDirectory } from "./directory.js";
import { writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { foreignEntry } from "./foreign-entry.js";
import {
  collectionPaths,
  previousName,
  type StoreLayout,
  temporaryName,
  treePaths,
} from "./layout.js";
import { printable } from "./printable.js";
import { type PublicEntry, readPublicEntry } from "./public-entry.js";
import { isSealed, type SealedTree, sealedTree } from "./sealed-tree.js";

/**
 * What a pointer shows; undefined when there is no such pointer.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_DANGLING_POINTER`, `ERR_SNAPSHOT_FOREIGN_ENTRY`,
 * `ERR_SNAPSHOT_READ`
 */
export function readPointer(
  layout: StoreLayout,
  directory: string,
  pointer: string,
): SealedTree | undefined {
  const entry = readOwnEntry(layout, directory, pointer);
  const path = join(directory, pointer);
  if (entry.kind !== "pointer") return undefined;
  const paths = treePaths(collectionPaths(layout, entry.id).trees, entry.generation);
  if (!isSealed(paths))
    throw new SnapshotError(
      "ERR_SNAPSHOT_DANGLING_POINTER",
      `${printable(path)}: shows what is no sealed tree, expected ${printable(paths.manifest)} and its tree`,
      { path, expected: paths.tree },
    );
  return sealedTree(paths);
}

/**
 * Checks that a pointer can be made to show another tree: neither its name nor that of its
 * `.previous`, as far as that one is to be moved, is taken by a file, a directory or a symlink that
 * is not ours, and names can be made in the directory. Changes nothing; returns what the name is.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_WRITE`
 */
export function checkSwap(layout: StoreLayout, directory: string, pointer: string): PublicEntry {
  const shown = readOwnEntry(layout, directory, pointer);
  if (shown.kind === "pointer") readOwnEntry(layout, directory, previousName(pointer));
  assertWritable(directory);
  return shown;
}

/**
 * Makes a pointer show a sealed tree of this store: first `.<pointer>.previous` shows what the
 * pointer shows, then the pointer shows the tree. Each is a symlink made under another name and
 * renamed, so that there is no instant without it; each rename is on disk before the next step.
 * Does nothing when the pointer shows that tree already.
 *
 * @throws {@link SnapshotError} as {@link checkSwap} (nothing was changed then), and
 * `ERR_SNAPSHOT_WRITE`
 */
export function swapPointer(
  layout: StoreLayout,
  directory: string,
  pointer: string,
  tree: { readonly id: string; readonly generation: string },
): void {
  const now = readPublicEntry(layout, directory, pointer);
  if (now.kind === "pointer" && now.id === tree.id && now.generation === tree.generation) return;
  const shown = checkSwap(layout, directory, pointer);
  if (shown.kind === "pointer")
    putSymlink(directory, previousName(pointer), targetOf(layout, directory, shown));
  putSymlink(directory, pointer, targetOf(layout, directory, tree));
}

/** What is ours of that name. @throws `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ` */
function readOwnEntry(layout: StoreLayout, directory: string, name: string): PublicEntry {
  const entry = readPublicEntry(layout, directory, name);
  if (entry.kind === "foreign") throw foreignEntry(join(directory, name), "a pointer");
  return entry;
}

/** Puts a symlink in the place of whatever has that name, in one step that lasts. */
export function putSymlink(directory: string, name: string, target: string): void {
  const temporary = join(directory, temporaryName());
  const path = join(directory, name);
  writing(path, () => {
    symlinkSync(target, temporary);
    try {
      renameSync(temporary, path);
    } catch (error) {
      removeFile(temporary);
      throw error;
    }
  });
  syncDirectory(directory);
}

/** Relative, so that a store can be moved whole. */
function targetOf(
  layout: StoreLayout,
  directory: string,
  tree: { readonly id: string; readonly generation: string },
): string {
  return relative(
    directory,
    treePaths(collectionPaths(layout, tree.id).trees, tree.generation).tree,
  );
}
