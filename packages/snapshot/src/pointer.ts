import { lstatSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { assertWritable, removeFile, syncDirectory } from "./directory.js";
import { reading, writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { foreignEntry } from "./foreign-entry.js";
import { previousName, type StoreLayout, type TreePaths, temporaryName } from "./layout.js";
import type { PointerPlace } from "./pointer-place.js";
import { printable } from "./printable.js";
import { type KnownPlaces, type PublicEntry, readPublicEntry } from "./public-entry.js";
import { isSealed, type SealedTree, sealedTree } from "./sealed-tree.js";

/**
 * What a pointer shows; undefined when there is no such pointer.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_DANGLING_POINTER`, `ERR_SNAPSHOT_FOREIGN_ENTRY`,
 * `ERR_SNAPSHOT_READ`
 */
export function readPointer(places: KnownPlaces, at: PointerPlace): SealedTree | undefined {
  const entry = readOwnEntry(places, at.directory, at.name);
  const path = join(at.directory, at.name);
  if (entry.kind !== "pointer") return undefined;
  if (!isSealed(entry.tree))
    throw new SnapshotError(
      "ERR_SNAPSHOT_DANGLING_POINTER",
      `${printable(path)}: shows what is no sealed tree, expected ${printable(entry.tree.manifest)} and its tree`,
      { path, expected: entry.tree.tree },
    );
  return sealedTree(entry.tree);
}

/**
 * Checks that a pointer can be made to show another tree: neither its name nor that of its
 * `.previous`, as far as that one is to be moved, is taken by a file, a directory or a symlink that
 * is not ours, and names can be made in the directory. Changes nothing; returns what the name is.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_WRITE`
 */
export function checkSwap(places: KnownPlaces, at: PointerPlace): PublicEntry {
  const shown = readOwnEntry(places, at.directory, at.name);
  const previous = previousName(at.name);
  if (shown.kind === "pointer" && !isDeadLink(at.directory, previous))
    readOwnEntry(places, at.directory, previous);
  assertWritable(at.directory);
  return shown;
}

/**
 * Makes a pointer show a sealed tree of this store: first `.<pointer>.previous` shows what the
 * pointer shows, then the pointer shows the tree. Each is a symlink made under another name and
 * renamed, so that there is no instant without it; each rename is on disk before the next step.
 * Does nothing when the pointer shows that tree already.
 *
 * With `withdraw` the `.previous` goes instead, after the pointer has moved, also when it had moved
 * already: what the pointer showed is no longer served.
 *
 * Returns what the pointer showed before.
 *
 * @throws {@link SnapshotError} as {@link checkSwap} (nothing was changed then), and
 * `ERR_SNAPSHOT_WRITE`
 */
export function swapPointer(
  places: KnownPlaces,
  at: PointerPlace,
  tree: TreePaths,
  withdraw = false,
): TreePaths | undefined {
  const { directory, name } = at;
  const now = readPublicEntry(places, directory, name);
  const there = now.kind === "pointer" && now.tree.tree === tree.tree;
  if (there && !withdraw) return now.tree;
  const shown = checkSwap(places, at);
  if (shown.kind === "pointer" && !withdraw)
    putSymlink(directory, previousName(name), linkText(places.layout, directory, shown.tree.tree));
  if (!there && !(withdraw && takePrevious(places, at, tree)))
    putSymlink(directory, name, linkText(places.layout, directory, tree.tree));
  const previous = readPublicEntry(places, directory, previousName(name)).kind;
  if (withdraw && (previous === "pointer" || isDeadLink(directory, previousName(name)))) {
    removeFile(join(directory, previousName(name)));
    syncDirectory(directory);
  }
  return shown.kind === "pointer" ? shown.tree : undefined;
}

/**
 * Whether a name is a symlink that leads nowhere. One that has the name of a `.previous` showed a
 * tree of ours, most likely in a directory of snapshots that is gone, and nobody misses it.
 */
function isDeadLink(directory: string, name: string): boolean {
  const path = join(directory, name);
  return reading(path, () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false;
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  });
}

/**
 * Puts the `.previous` that shows the tree in the pointer's place: a full disk may have no room for
 * another symlink, and must not keep anybody from going back. False where it shows something else.
 */
function takePrevious(
  places: KnownPlaces,
  { directory, name }: PointerPlace,
  tree: TreePaths,
): boolean {
  const previous = previousName(name);
  const entry = readPublicEntry(places, directory, previous);
  if (entry.kind !== "pointer" || entry.tree.tree !== tree.tree) return false;
  const path = join(directory, name);
  writing(path, () => renameSync(join(directory, previous), path));
  syncDirectory(directory);
  return true;
}

/** What is ours of that name. @throws `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ` */
function readOwnEntry(places: KnownPlaces, directory: string, name: string): PublicEntry {
  const entry = readPublicEntry(places, directory, name);
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

/** What a symlink in `directory` says to show `path`: relative within `dir`, which can be moved whole. */
export function linkText(layout: StoreLayout, directory: string, path: string): string {
  const inside = (place: string) => place.startsWith(layout.dir === sep ? sep : layout.dir + sep);
  return inside(`${directory}${sep}`) && inside(path) ? relative(directory, path) : path;
}
