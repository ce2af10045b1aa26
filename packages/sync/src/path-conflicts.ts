import type { ReleaseFile } from "@mirror/deb822";
import { SyncError } from "./error.js";
import type { PoolFile } from "./pool-files.js";

/** What {@link refusePathConflicts} needs of a Release. */
interface Listing {
  readonly suite: string;
  /** Below the repository's base; ends in `/` or is empty. */
  readonly directory: string;
  readonly release: { readonly files: ReadonlyMap<string, ReleaseFile> };
}

/**
 * Compares what package lists name with what else is to lie in the tree, before anything is
 * fetched for it: no file where another needs a directory, and no file where a Release lists an
 * index with other content, whether this mirror holds that index or leaves it out.
 *
 * @param metadata - every other path of the tree
 * @throws SyncError ERR_SYNC_CONFLICTING_FILE
 */
export function refusePathConflicts(
  files: ReadonlyMap<string, PoolFile>,
  metadata: ReadonlySet<string>,
  listings: readonly Listing[],
): void {
  const directories = directoriesOf(files.keys(), metadata);
  for (const path of [...metadata, ...files.keys()]) {
    if (!directories.has(path)) continue;
    throw conflict(path, files.get(path)?.suite, "listed as a file, and as a directory of others");
  }
  for (const { suite, directory, release } of listings) {
    for (const listed of release.files.values()) {
      const file = files.get(directory + listed.path.replace(/^(\.\/+)+/, ""));
      if (!file || sameContent(file, listed)) continue;
      throw conflict(
        file.path,
        suite,
        "listed as a package's file, and by the Release as an index",
      );
    }
  }
}

/** Every directory on the way to these paths. */
export function directoriesOf(...paths: readonly Iterable<string>[]): Set<string> {
  const directories = new Set<string>();
  for (const path of paths.flatMap((some) => [...some])) {
    let end = path.lastIndexOf("/");
    while (end > 0) {
      const directory = path.slice(0, end);
      // Its own parents are there too.
      if (directories.has(directory)) break;
      directories.add(directory);
      end = directory.lastIndexOf("/");
    }
  }
  return directories;
}

function sameContent({ size, digests }: PoolFile, listed: ReleaseFile): boolean {
  const same = (["sha256", "sha512"] as const).some(
    (name) => digests[name] !== undefined && digests[name] === listed[name],
  );
  return same && size === listed.size;
}

function conflict(path: string, suite: string | undefined, what: string): SyncError {
  return new SyncError("ERR_SYNC_CONFLICTING_FILE", `${path}: ${what}`, {
    path,
    ...(suite === undefined ? {} : { suite }),
  });
}
