import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import type { HeldContent } from "./contents.js";

/** The files of the tree that `latest` shows, by path; empty for a first sync. */
export type Present = ReadonlyMap<string, ManifestFile>;

/** Where a file of the new tree comes from. */
export type TreeSource =
  | { readonly origin: "latest"; readonly file: ManifestFile }
  | { readonly origin: "fetched"; readonly file: HeldContent };

/** What the present tree holds, by path. */
export function presentFiles(latest: SealedTree | undefined): Present {
  const files = new Map<string, ManifestFile>();
  if (latest) for (const file of latest.files()) files.set(file.path, file);
  return files;
}

/** True if the file on disk has the type, size and time that its manifest names. */
export function isAsRecorded(tree: SealedTree, file: ManifestFile): boolean {
  const stat = lstatSync(join(tree.path, file.path), { throwIfNoEntry: false });
  return (
    stat?.isFile() === true &&
    stat.size === file.size &&
    Math.floor(stat.mtimeMs / 1000) * 1000 === file.mtime
  );
}
