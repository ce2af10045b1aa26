import { lstatSync } from "node:fs";
import { namesIn } from "./directory.js";
import { errnoOf, reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { checkName, snapshotEntry, snapshotPaths } from "./layout.js";
import { readManifestHeader } from "./manifest.js";
import { isSealed, type SealedTree, sealedTree } from "./sealed-tree.js";

/** A sealed tree with a name, kept until it is removed. */
export interface Snapshot extends SealedTree {
  /** The same as `generation`. */
  readonly name: string;
  /** When it was taken, as the caller said; when its manifest was written where that is damaged. */
  readonly created: Date;
  /** Nobody asked for it by name. */
  readonly automatic: boolean;
  /** The generation or the snapshot that it was taken of; undefined where its manifest is damaged. */
  readonly source: string | undefined;
  /** No prune removes it, and no removal that is not forced. */
  readonly protected: boolean;
  /** Somebody went back from it. */
  readonly rejected: boolean;
}

/**
 * The snapshots in a directory, oldest first, and by name where they are of the same time. Reads the
 * first line of each manifest; what vanishes meanwhile is left out.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`, `ERR_SNAPSHOT_NEWER_FORMAT`
 */
export function listSnapshots(directory: string): Snapshot[] {
  const names = namesIn(directory);
  const all = new Set(names);
  return names
    .flatMap((file) => {
      const entry = snapshotEntry(file);
      if (entry?.kind !== "manifest" || !all.has(entry.name)) return [];
      return readSnapshot(directory, entry.name) ?? [];
    })
    .sort(byAge);
}

/** Orders snapshots by time, then by name. */
export function byAge(
  a: { readonly created: Date; readonly name: string },
  b: { readonly created: Date; readonly name: string },
): number {
  return (
    a.created.getTime() - b.created.getTime() || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}

/**
 * The snapshot of that name; undefined when there is none.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_BAD_NAME`, `ERR_SNAPSHOT_READ`,
 * `ERR_SNAPSHOT_NEWER_FORMAT`
 */
export function readSnapshot(directory: string, name: string): Snapshot | undefined {
  const paths = snapshotPaths(directory, checkName("snapshot", name));
  if (!isSealed(paths)) return undefined;
  const facts = headerFacts(paths.manifest);
  if (facts === undefined) return undefined;
  const isMarked = (path: string) =>
    reading(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
  return {
    ...sealedTree(paths),
    ...facts,
    name,
    protected: isMarked(paths.marks.protected),
    rejected: isMarked(paths.marks.rejected),
  };
}

/** A damaged manifest must not keep anybody from seeing and removing its snapshot. */
function headerFacts(
  manifest: string,
): Pick<Snapshot, "created" | "automatic" | "source"> | undefined {
  try {
    const { created, automatic, source } = readManifestHeader(manifest);
    return { created: new Date(created), automatic: automatic === true, source };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    if (error.code === "ERR_SNAPSHOT_READ" && errnoOf(error.cause) === "ENOENT") return undefined;
    if (error.code !== "ERR_SNAPSHOT_BAD_MANIFEST") throw error;
    const stats = reading(manifest, () => lstatSync(manifest, { throwIfNoEntry: false }));
    return stats && { created: stats.mtime, automatic: false, source: undefined };
  }
}
