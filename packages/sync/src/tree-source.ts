import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Digests } from "@mirror/deb822";
import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import { type HeldContent, matchingSha256 } from "./contents.js";
import { realDirectory } from "./real-directory.js";
import { wholeSeconds } from "./whole-seconds.js";

/** The files of the tree that `latest` shows, by path; empty for a first sync. */
export type Present = ReadonlyMap<string, ManifestFile>;

/** Where a file of the new tree comes from. */
export type TreeSource =
  | { readonly origin: "latest"; readonly file: ManifestFile }
  | { readonly origin: "fetched"; readonly file: HeldContent };

/** What the present tree holds, by path; nothing that a symlink put in a directory's place shows. */
export function presentFiles(latest: SealedTree | undefined): Present {
  const files = new Map<string, ManifestFile>();
  if (!latest) return files;
  const isReal = realDirectory(latest.path);
  for (const file of latest.files()) {
    const directory = file.path.slice(0, Math.max(0, file.path.lastIndexOf("/")));
    if (isReal(directory)) files.set(file.path, file);
  }
  return files;
}

/** True if the file on disk has the type, size and time that its manifest names. */
export function isAsRecorded(tree: SealedTree, file: ManifestFile): boolean {
  try {
    const stat = lstatSync(join(tree.path, file.path));
    const same = stat.size === file.size && wholeSeconds(stat.mtimeMs) === file.mtime;
    return stat.isFile() && same;
  } catch {
    // Gone, or a loop in its way: whatever lies there is not what was sealed.
    return false;
  }
}

/** Whether the file on disk has all these digests, by hashing it. */
export async function hasDigests(
  tree: SealedTree,
  file: ManifestFile,
  digests: Digests,
): Promise<boolean> {
  if (!isAsRecorded(tree, file)) return false;
  return (await matchingSha256(join(tree.path, file.path), digests)) !== undefined;
}
