import { randomUUID } from "node:crypto";
import { closeSync, constants, linkSync, lstatSync, openSync, readSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { removeFile, syncDirectory } from "./directory.js";
import { errnoOf, reading, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { ownerPath, type StoreLayout, storeIdPath, temporaryName } from "./layout.js";
import { replaceFile } from "./replace-file.js";
import { writeNew } from "./write-new.js";

const LENGTH = 36;

/**
 * Checks that a directory of snapshots is no symlink, and not that of another store: two stores know
 * nothing of each other's pointers. Directories below the store's own `dir` are its own. Those
 * elsewhere name their store, by an id that moves with it.
 *
 * @param claimBy - Nobody's directory becomes this store's; a directory of the caller's own, swept by
 * nobody else, for what has no name yet
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ`,
 * `ERR_SNAPSHOT_WRITE`
 */
export function assertOwnSnapshots(layout: StoreLayout, directory: string, claimBy?: string): void {
  const stats = reading(directory, () => lstatSync(directory, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw foreignEntry(directory, "a directory");
  if (`${directory}${sep}`.startsWith(`${layout.dir}${sep}`)) return;
  const path = ownerPath(directory);
  const owner = readId(path);
  const own = readId(storeIdPath(layout));
  if (owner !== undefined && owner !== own)
    throw foreignEntry(directory, `snapshots of this store: ${path} names another one`);
  if (owner !== undefined || claimBy === undefined) return;
  const id = own ?? makeId(storeIdPath(layout), claimBy);
  replaceFile(path, Buffer.from(`${id}\n`), 0o644);
}

/** Collections share it: of several that make one at the same time, the first one's stays. */
function makeId(path: string, scratch: string): string {
  const temporary = join(scratch, temporaryName());
  writeNew(temporary, Buffer.from(`${randomUUID()}\n`), 0o644, path);
  writing(path, () => {
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    } finally {
      removeFile(temporary);
    }
  });
  syncDirectory(dirname(path));
  const id = readId(path);
  if (id === undefined) throw foreignEntry(path, "the id of this store");
  return id;
}

function readId(path: string): string | undefined {
  return reading(path, () => {
    try {
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const bytes = Buffer.alloc(LENGTH);
        return bytes.toString("latin1", 0, readSync(fd, bytes));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
  });
}
