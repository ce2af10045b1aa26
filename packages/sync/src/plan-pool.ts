import type { ManifestFile } from "@mirror/snapshot";
import type { PoolFile } from "./pool-files.js";

/** What becomes of every file of the pool: reuse and download together are what is wanted. */
export interface PoolPlan {
  /** In the present tree with the same content: hard links. */
  readonly reuse: readonly { readonly wanted: PoolFile; readonly file: ManifestFile }[];
  readonly download: readonly PoolFile[];
  /** In the present tree and in no list of the new one. */
  readonly free: readonly ManifestFile[];
}

/**
 * Compares what the indices name with what the present tree holds.
 *
 * @param kept - paths of the new tree that are not pool files, and so not freed
 */
export function planPool(
  wanted: ReadonlyMap<string, PoolFile>,
  present: ReadonlyMap<string, ManifestFile>,
  kept: ReadonlySet<string>,
): PoolPlan {
  const reuse: { wanted: PoolFile; file: ManifestFile }[] = [];
  const download: PoolFile[] = [];
  for (const file of wanted.values()) {
    const here = present.get(file.path);
    // The manifest knows SHA256 alone: what is listed without one is fetched again.
    const same = here?.size === file.size && here.sha256 === file.digests.sha256;
    if (here && same) reuse.push({ wanted: file, file: here });
    else download.push(file);
  }
  const free = [...present.values()].filter(({ path }) => !wanted.has(path) && !kept.has(path));
  return { reuse, download, free };
}
