import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { reading } from "./errno.js";
import {
  type CollectionPaths,
  isGenerationPath,
  SNAPSHOTS_LINK,
  type StoreLayout,
  snapshotEntry,
} from "./layout.js";
import { linkText, putSymlink } from "./pointer.js";

/**
 * Shows the directory of snapshots beside the pointers. A link to a directory of snapshots that was
 * configured before gives way; anything else of that name is left alone and said to be foreign.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`, `ERR_SNAPSHOT_READ`
 */
export function showSnapshots(
  layout: StoreLayout,
  paths: CollectionPaths,
): "made" | "kept" | "foreign" {
  const path = join(paths.pointers, SNAPSHOTS_LINK);
  const stats = reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats !== undefined) {
    if (!stats.isSymbolicLink()) return "foreign";
    const target = resolve(
      paths.pointers,
      reading(path, () => readlinkSync(path)),
    );
    if (target === paths.snapshots) return "kept";
    if (!isOurs(paths, target)) return "foreign";
  }
  putSymlink(paths.pointers, SNAPSHOTS_LINK, linkText(layout, paths.pointers, paths.snapshots));
  return "made";
}

/**
 * The directory of snapshots that the link of a collection shows, also one that was configured
 * before; undefined where there is no such link.
 */
export function linkedSnapshots(paths: CollectionPaths): string | undefined {
  const path = join(paths.pointers, SNAPSHOTS_LINK);
  const stats = reading(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats?.isSymbolicLink() !== true) return undefined;
  const target = resolve(
    paths.pointers,
    reading(path, () => readlinkSync(path)),
  );
  return target === paths.snapshots || isOurs(paths, target) ? target : undefined;
}

/** The directories of a collection's snapshots: the one of today, and one that was configured before. */
export function snapshotDirectories(paths: CollectionPaths): string[] {
  return [...new Set([paths.snapshots, linkedSnapshots(paths) ?? paths.snapshots])];
}

/** Whether it can be the directory of this collection's snapshots, and of no other's. */
function isOurs(paths: CollectionPaths, directory: string): boolean {
  if (basename(directory) !== basename(paths.snapshots)) return false;
  if (isGenerationPath(join(directory, "tree"))) return false;
  try {
    return readdirSync(directory).some((name) => snapshotEntry(name)?.kind === "manifest");
  } catch {
    return false;
  }
}
