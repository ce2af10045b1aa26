import type { MirrorConfig } from "@mirror/config";
import type { Collection, SealedTree } from "@mirror/snapshot";
import { topDirectoriesOf } from "@mirror/sync";

/** Names beside the pointers of a mirror that no link to a directory gets. */
export function reservedNames({ snapshot }: MirrorConfig): readonly string[] {
  return ["latest", "snapshots", ...snapshot.environments];
}

/**
 * Lets the mirror's own directory show the top-level directories of an environment, where
 * `root_shows` names one: called when that environment moves to `tree`.
 */
export function showRootLinks(
  mirror: MirrorConfig,
  collection: Collection,
  tree: SealedTree,
): void {
  const directories = topDirectoriesOf(tree);
  collection.showLinks(mirror.rootShows, directories, { reserved: reservedNames(mirror) });
  collection.hideLinks(directories);
}
