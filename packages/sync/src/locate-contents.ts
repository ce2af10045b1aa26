import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type ManifestFile, type SealedTree, SnapshotError } from "@mirror/snapshot";
import type { JoinedContent, JoinedContents } from "./contents.js";
import { planPrefixes } from "./plan-prefixes.js";
import { realDirectory } from "./real-directory.js";
import type { ReuseDirectory, SoughtFile } from "./reuse-directory.js";
import type { Run } from "./run.js";
import { isAsRecorded } from "./tree-source.js";

/** A file on this machine that may have a wanted content. */
export type Sighting =
  /** Of a sealed tree, as its manifest says. */
  | { readonly from: "tree"; readonly tree: SealedTree; readonly file: ManifestFile }
  /** Of a directory of another tool, by its path or name and its size alone. */
  | { readonly from: "directory"; readonly path: string };

/** The absolute path of a sighting. */
export function sourceOf(sighting: Sighting): string {
  return sighting.from === "tree" ? join(sighting.tree.path, sighting.file.path) : sighting.path;
}

/** Sightings of contents by their key, each in the order in which they are to be tried. */
export type Sightings = ReadonlyMap<string, readonly Sighting[]>;

/**
 * Looks for contents on this machine: in every sealed tree of the store, by SHA256, and for what none
 * has in the directories that were named for reuse. Reads nothing where nothing is wanted.
 */
export async function locateContents(run: Run, contents: JoinedContents): Promise<Sightings> {
  const { elsewhere } = run.ports;
  const sightings = new Map<string, readonly Sighting[]>();
  if (!elsewhere || contents.size === 0) return sightings;
  const trees = await elsewhere.trees();
  if (trees.length === 0 && elsewhere.directories.length === 0) return sightings;
  const sought = new Map<string, JoinedContent>();
  for (const [key, content] of contents) if (content.size > 0) sought.set(key, content);
  for (const tree of trees) {
    if (sought.size === 0) break;
    // A manifest takes some 50 ms; others of this process get a turn in between.
    await setImmediate();
    run.signal?.throwIfAborted();
    for (const [key, file] of inTree(tree, sought)) {
      sightings.set(key, [{ from: "tree", tree, file }]);
      sought.delete(key);
    }
  }
  for (const directory of elsewhere.directories) {
    if (sought.size === 0) break;
    for (const [key, paths] of await inDirectory(run, directory, sought)) {
      sightings.set(
        key,
        paths.map((path) => ({ from: "directory", path })),
      );
      sought.delete(key);
    }
  }
  return sightings;
}

/** Contents that a tree has, as far as the files are as its manifest says; none where that is damaged. */
function inTree(
  tree: SealedTree,
  sought: ReadonlyMap<string, JoinedContent>,
): ReadonlyMap<string, ManifestFile> {
  const found = new Map<string, ManifestFile>();
  const isReal = realDirectory(tree.path);
  try {
    // Contents without SHA256 go by their SHA512, which no manifest has.
    for (const file of tree.files(sought)) {
      const { path, size, sha256 } = file;
      if (found.has(sha256) || sought.get(sha256)?.size !== size) continue;
      const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      if (isReal(above) && isAsRecorded(tree, file)) found.set(sha256, file);
    }
  } catch (error) {
    if (error instanceof SnapshotError) return new Map();
    throw error;
  }
  return found;
}

function inDirectory(
  run: Run,
  directory: ReuseDirectory,
  sought: ReadonlyMap<string, JoinedContent>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, SoughtFile>();
  for (const [key, { size, path, others = [] }] of sought)
    files.set(key, { size, paths: [...others, path], digest: key });
  return directory.locate(files, planPrefixes(run.spec), {
    signal: run.signal,
    onFiles: (count, finished) =>
      run.emit({ type: "directory-scanned", directory: directory.path, files: count, finished }),
    onUnread: (what) => run.warn("WARN_SYNC_DIRECTORY_UNREAD", `${directory.path}: ${what}`),
  });
}
