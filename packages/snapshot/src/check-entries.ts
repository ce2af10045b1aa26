import { readdirSync } from "node:fs";
import { reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { foreignEntry } from "./foreign-entry.js";
import { printable } from "./printable.js";

/**
 * Checks that a tree holds these files and directories and nothing else, each of its own kind; a
 * directory that was swapped for a symlink meanwhile is found out here.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_FOREIGN_ENTRY`, `ERR_SNAPSHOT_NOT_AS_RECORDED`,
 * `ERR_SNAPSHOT_READ`
 */
export function checkEntries(
  root: string,
  files: ReadonlyMap<string, unknown>,
  directories: ReadonlySet<string>,
): void {
  let found = 0;
  const visit = (directory: string) => {
    const path = `${root}/${directory}`;
    for (const entry of reading(path, () => readdirSync(path, { withFileTypes: true }))) {
      const name = `${directory}${entry.name}`;
      if (entry.isFile() && files.has(name)) found += 1;
      else if (entry.isDirectory() && directories.has(name)) visit(`${name}/`);
      else throw foreignEntry(`${root}/${name}`, "what was placed in the tree");
    }
  };
  visit("");
  if (found !== files.size)
    throw new SnapshotError(
      "ERR_SNAPSHOT_NOT_AS_RECORDED",
      `${printable(root)}: files are gone, expected ${files.size}, got ${found}`,
      { path: root, expected: String(files.size), found: String(found) },
    );
}
