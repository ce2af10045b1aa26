import { randomUUID } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readSync } from "node:fs";
import { sep } from "node:path";
import { errnoOf, reading } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { ownerPath, type StoreLayout, storeIdPath } from "./layout.js";
import { replaceFile } from "./replace-file.js";

const LENGTH = 36;

/**
 * Checks that a directory of snapshots is no symlink, and not that of another store: two stores know
 * nothing of each other's pointers. Directories below the store's own `dir` are its own. Those
 * elsewhere name their store, by an id that moves with it.
 *
 * @param claim - Nobody's directory becomes this store's
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_READ`,
 * `ERR_SNAPSHOT_WRITE`
 */
export function assertOwnSnapshots(layout: StoreLayout, directory: string, claim = false): void {
  const stats = reading(directory, () => lstatSync(directory, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw foreignEntry(directory, "a directory");
  if (`${directory}${sep}`.startsWith(`${layout.dir}${sep}`)) return;
  const path = ownerPath(directory);
  const owner = readId(path);
  const own = readId(storeIdPath(layout));
  if (owner !== undefined && owner !== own)
    throw foreignEntry(directory, `snapshots of this store: ${path} names another one`);
  if (owner !== undefined || !claim) return;
  const id = own ?? randomUUID();
  if (own === undefined) replaceFile(storeIdPath(layout), Buffer.from(`${id}\n`), 0o644);
  replaceFile(path, Buffer.from(`${id}\n`), 0o644);
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
