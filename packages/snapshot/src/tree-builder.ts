import type { ManifestFile } from "./manifest-file.js";
import type { SealedTree } from "./sealed-tree.js";

/**
 * A tree that is being made. Nobody sees it before it is sealed and a pointer is swapped to it.
 *
 * Every path goes through {@link safePath}; no symlink below the tree is followed and nothing that
 * is there is replaced. Files get at least mode 0644 and directories 0755, whatever the umask.
 * All methods that place a file throw {@link SnapshotError} `ERR_SNAPSHOT_UNSAFE_PATH`,
 * `ERR_SNAPSHOT_PATH_CONFLICT`, `ERR_SNAPSHOT_FOREIGN_ENTRY` and `ERR_SNAPSHOT_WRITE`, and
 * `TypeError` for a record whose size, mtime or sha256 cannot be, or once the tree is sealed.
 */
export interface TreeBuilder {
  /** Absolute. */
  readonly path: string;
  readonly generation: string;
  /**
   * Gives the file `source` a second name in the tree. Where that is not to be had without a change
   * to `source` (65,000 links are taken, or its mode is less than 0644), the tree gets a copy.
   *
   * Whatever is wrong with `source` is `ERR_SNAPSHOT_NOT_AS_RECORDED`, and the path stays free for
   * another file: it is gone, of another kind, size or mtime, cannot be looked at, read or linked
   * (`found` is the errno's name then, such as `EACCES`, `EIO`, `ELOOP` or `ENAMETOOLONG`), or is on
   * another file system than the tree (`EXDEV`), where nothing that was linked before can be.
   * What is wrong with the tree itself is `ERR_SNAPSHOT_WRITE`.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED`
   */
  link(source: string, file: ManifestFile): void;
  /**
   * Copies the file `source` into the tree; its mtime does not matter.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` unless `source` is a regular file
   * of this size that can be read
   */
  copy(source: string, file: ManifestFile): void;
  /**
   * Takes over the file `source`, which is the caller's own, with the mtime of its record. It keeps its
   * name outside too, so that what ends the building does not take the file along: remove it once the
   * tree is sealed. Where the file system makes no links, or has no room for them, it is renamed.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` unless `source` is a regular file
   * of this size
   */
  adopt(source: string, file: ManifestFile): void;
  /** Writes a new file; `mtime` loses its fraction of a second. */
  write(path: string, bytes: Uint8Array, mtime: Date): ManifestFile;
  /**
   * Gives a file of this tree a second name in it.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_AS_RECORDED` when the tree has no such file,
   * or it was taken away
   */
  alias(existingPath: string, path: string): void;
  /** Whether the tree has a file of this path. */
  has(path: string): boolean;
  /**
   * Makes the tree complete and lasting: checks that the tree holds exactly what was placed, waits
   * for one syncfs, writes the manifest and names it. Afterwards nothing can be added.
   *
   * @throws {@link SnapshotError} `ERR_SNAPSHOT_NOT_SYNCED`, `ERR_SNAPSHOT_FOREIGN_ENTRY`,
   * `ERR_SNAPSHOT_WRITE`; the tree is not sealed then
   */
  seal(options: { created: Date; facts: unknown }): Promise<SealedTree>;
  /** Removes the tree; does nothing once it is sealed. @throws `ERR_SNAPSHOT_WRITE` */
  discard(): void;
}
