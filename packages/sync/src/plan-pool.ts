import type { ManifestFile } from "@mirror/snapshot";
import { checkedMark, wasChecked } from "./listed-digests.js";
import type { PoolFile } from "./pool-files.js";

/** A file of the present tree that the new one holds too. */
export interface ReusedFile {
  readonly wanted: PoolFile;
  readonly file: ManifestFile;
  /**
   * It is listed with digests that it was not checked against when it came, or without SHA256; or
   * damaged files of this content were found.
   */
  readonly unchecked: boolean;
}

/** What becomes of every file of the pool: reuse and download together are what is wanted. */
export interface PoolPlan {
  /** In the present tree with the same content: hard links. */
  readonly reuse: readonly ReusedFile[];
  readonly download: readonly PoolFile[];
  /** In the present tree and in no list of the new one. */
  readonly free: readonly ManifestFile[];
}

/**
 * Compares what the indices name with what the present tree holds.
 *
 * @param kept - paths of the new tree that are not pool files, and so not freed
 * @param suspects - contents, by SHA256, whose files are not believed unseen
 */
export function planPool(
  wanted: ReadonlyMap<string, PoolFile>,
  present: ReadonlyMap<string, ManifestFile>,
  kept: ReadonlySet<string>,
  suspects: ReadonlySet<string> = new Set(),
): PoolPlan {
  const reuse: ReusedFile[] = [];
  const download: PoolFile[] = [];
  for (const file of wanted.values()) {
    const here = present.get(file.path);
    const { sha256 } = file.digests;
    const same = here?.size === file.size && here.sha256 === (sha256 ?? here.sha256);
    if (!here || !same) download.push(file);
    else {
      // The manifest knows SHA256 whole: what is listed without one must be hashed.
      const unchecked =
        sha256 === undefined ||
        suspects.has(here.sha256) ||
        !wasChecked(here.checked, checkedMark(file.digests));
      reuse.push({ wanted: file, file: here, unchecked });
    }
  }
  const free = [...present.values()].filter(({ path }) => !wanted.has(path) && !kept.has(path));
  return { reuse, download, free };
}
