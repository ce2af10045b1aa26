import { lstatSync } from "node:fs";
import { reading } from "./errno.js";
import type { TreePaths } from "./layout.js";
import {
  type Contents,
  type ManifestHeader,
  readManifestFiles,
  readManifestHeader,
} from "./manifest.js";
import type { ManifestFile } from "./manifest-file.js";

/** A complete tree that never changes again. */
export interface SealedTree {
  /** Absolute; valid until the store is moved. */
  readonly path: string;
  readonly generation: string;
  /** Absolute. */
  readonly manifestPath: string;
  /**
   * Reads the first line of the manifest.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_BAD_MANIFEST`, `ERR_SNAPSHOT_NEWER_FORMAT`,
   * `ERR_SNAPSHOT_READ`
   */
  header(): ManifestHeader;
  /**
   * Streams the files in the order of their paths (`<` of strings). A manifest that was cut or
   * damaged throws at the latest at its end. With `contents` only files of these, known by their
   * SHA256, which is four times as fast.
   *
   * @throws {@link SnapshotError} as `header`
   */
  files(contents?: Contents): Iterable<ManifestFile>;
}

/** The sealed tree of these paths. Looks at nothing. */
export function sealedTree(paths: TreePaths): SealedTree {
  return {
    path: paths.tree,
    generation: paths.generation,
    manifestPath: paths.manifest,
    header: () => readManifestHeader(paths.manifest),
    files: (contents) => ({
      [Symbol.iterator]: () => readManifestFiles(paths.manifest, contents),
    }),
  };
}

/** Whether the tree is there, a real directory, with its manifest named beside it. */
export function isSealed(paths: TreePaths): boolean {
  return reading(paths.tree, () => {
    const tree = lstatSync(paths.tree, { throwIfNoEntry: false });
    if (tree?.isDirectory() !== true) return false;
    return lstatSync(paths.manifest, { throwIfNoEntry: false })?.isFile() === true;
  });
}
