import { closeSync, linkSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory, removeFile } from "./directory.js";
import { errnoOf, writeError, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { type CollectionPaths, temporaryName } from "./layout.js";

/** Errors of link(2) that say that there are no hard links between these two directories. */
const NO_LINKS = new Set(["EXDEV", "EPERM", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Whether files of the trees can have hard links among the snapshots, found out by linking one:
 * bind mounts of one file system refuse it too. Makes the directories that are missing on the way,
 * 0755 at least.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`, `ERR_SNAPSHOT_FOREIGN_ENTRY`
 */
export function checkSnapshots(paths: CollectionPaths): "links" | "copies" {
  makeWay(dirname(paths.snapshots));
  makeDirectory(paths.snapshots, 0o755);
  const name = temporaryName();
  const source = join(paths.trees, name);
  const target = join(paths.snapshots, name);
  writing(source, () => closeSync(openSync(source, "wx", 0o600)));
  try {
    linkSync(source, target);
    removeFile(target);
    return "links";
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? "")) throw writeError(target, error);
  } finally {
    removeFile(source);
  }
  // Whether files can be made there at all is the other half of the question.
  writing(target, () => closeSync(openSync(target, "wx", 0o600)));
  removeFile(target);
  return "copies";
}

/** Symlinks on the way to the directory of all snapshots are its owner's decision. */
function makeWay(path: string): void {
  const stats = writing(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stats?.isDirectory() === true) return;
  if (stats !== undefined) throw foreignEntry(path, "a directory");
  makeWay(dirname(path));
  writing(path, () => mkdirSync(path));
  makeDirectory(path, 0o755);
}
