import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { ManifestFile } from "@mirror/snapshot";
import { reasonOf } from "./content-check.js";
import type { Inspection } from "./inspection.js";
import { modeFault } from "./mode-fault.js";
import { realDirectory } from "./real-directory.js";

/** So many files are looked at before others get a turn: a signal must end this soon. */
const AT_ONCE = 1000;

/** So many things that are not in the manifest are named. */
const MOST_NAMED = 100;

/**
 * Looks at every file of the manifest: a regular file of its size that clients can read, reached
 * through directories alone, which they can read too. What else lies in the tree is a warning: nobody
 * who follows the signed metadata finds it.
 */
export async function inspectFiles(inspection: Inspection): Promise<void> {
  const { tree, files, options } = inspection;
  const isReal = realDirectory(tree.path);
  const directories = new Set<string>([""]);
  let count = 0;
  const turn = async () => {
    count += 1;
    if (count % AT_ONCE !== 0) return;
    await setImmediate();
    options.signal?.throwIfAborted();
  };
  for (const file of files.values()) {
    await turn();
    addParents(directories, file.path);
    judgeFile(inspection, file, isReal(parentOf(file.path)));
    if (options.level === "quick") inspection.fileDone();
  }
  const extras: string[] = [];
  for (const directory of directories) {
    await turn();
    if (!isReal(directory)) continue;
    judgeDirectory(inspection, directory);
    if (extras.length >= MOST_NAMED) continue;
    for (const name of namesIn(join(tree.path, directory))) {
      const path = directory === "" ? name : `${directory}/${name}`;
      if (!files.has(path) && !directories.has(path)) extras.push(path);
    }
  }
  for (const path of extras.slice(0, MOST_NAMED)) {
    const message = `${path}: lies in the tree, but not in its manifest`;
    inspection.warn({ code: "WARN_SYNC_EXTRA_FILE", path, message });
  }
}

function judgeFile(inspection: Inspection, { path, size }: ManifestFile, isReal: boolean): void {
  let stat: Stats | undefined;
  try {
    stat = lstatSync(join(inspection.tree.path, path), { throwIfNoEntry: false });
  } catch (error) {
    inspection.problem("ERR_SYNC_TREE_UNREADABLE", path, reasonOf(error));
    return;
  }
  if (!stat) {
    inspection.problem("ERR_SYNC_TREE_MISSING_FILE", path, "missing");
  } else if (!stat.isFile() || !isReal) {
    const found = isReal ? kindOf(stat) : "reached through a symlink";
    const facts = { expected: "a regular file", found };
    inspection.problem(
      "ERR_SYNC_TREE_NOT_A_FILE",
      path,
      `expected a regular file, got ${found}`,
      facts,
    );
  } else if (stat.size !== size) {
    const facts = { expected: String(size), found: String(stat.size) };
    const what = `size mismatch, expected ${size} bytes, got ${stat.size}`;
    inspection.problem("ERR_SYNC_TREE_WRONG_SIZE", path, what, facts);
  } else judgeMode(inspection, path, stat);
}

function judgeDirectory(inspection: Inspection, path: string): void {
  try {
    const stat = lstatSync(join(inspection.tree.path, path));
    if (stat.isDirectory()) judgeMode(inspection, path, stat);
  } catch {
    // Gone or closed meanwhile: the files of the manifest decide.
  }
}

function judgeMode(inspection: Inspection, path: string, stat: Stats): void {
  const fault = modeFault(stat);
  if (!fault) return;
  const what = `clients cannot read it, expected mode ${fault.expected} at least, got ${fault.found}`;
  const subject = path === "" ? `${inspection.tree.generation}: ` : "";
  inspection.problem("ERR_SYNC_TREE_UNREADABLE", path, `${subject}${what}`, { ...fault });
}

function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return "a symlink";
  return stat.isDirectory() ? "a directory" : "something else";
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // May be passed through but not listed, or gone meanwhile: the files of the manifest decide.
    return [];
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function addParents(directories: Set<string>, path: string): void {
  for (let above = parentOf(path); !directories.has(above); above = parentOf(above)) {
    directories.add(above);
  }
}
