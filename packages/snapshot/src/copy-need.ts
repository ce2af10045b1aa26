import { statSync } from "node:fs";
import { dirname } from "node:path";
import { reading } from "./errno.js";
import { filesOfOthers } from "./files-of-others.js";
import type { CollectionPaths } from "./layout.js";
import type { SealedTree } from "./sealed-tree.js";
import { listSnapshots } from "./snapshot.js";
import type { Space } from "./unique-bytes.js";

/** What a directory takes, and what the size of a file is rounded up to. */
const BLOCK = 4096;

/**
 * What a snapshot of a tree takes of a file system that is not that of the trees: copies of all that
 * no other snapshot there has, directories and a manifest. Nothing where both are one, as there are
 * hard links then, or copies that may share blocks. Changes nothing.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function copyNeed(paths: CollectionPaths, tree: SealedTree): Space {
  if (deviceOf(paths.snapshots) === deviceOf(paths.trees)) return { bytes: 0, inodes: 0 };
  const others = filesOfOthers(tree, listSnapshots(paths.snapshots));
  const directories = new Set([""]);
  const manifest = reading(tree.manifestPath, () => statSync(tree.manifestPath).size);
  let blocks = Math.ceil(manifest / BLOCK);
  let inodes = 1;
  for (const { path, size } of tree.files()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      directories.add(path.slice(0, end));
    if (others.has(path)) continue;
    blocks += Math.ceil(size / BLOCK);
    inodes += 1;
  }
  return { bytes: (blocks + directories.size) * BLOCK, inodes: inodes + directories.size };
}

/** The file system that a directory is on, or will be. */
function deviceOf(path: string): number {
  const stats = reading(path, () => statSync(path, { throwIfNoEntry: false }));
  return stats === undefined ? deviceOf(dirname(path)) : stats.dev;
}
