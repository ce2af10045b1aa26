import type { MirrorConfig } from "@mirror/config";
import type { Collection, SealedTree } from "@mirror/snapshot";
import { topDirectoriesOf } from "@mirror/sync";

/** Names beside the pointers of a mirror that no link to a directory gets. */
export function reservedNames({ snapshot }: MirrorConfig): readonly string[] {
  return ["latest", "snapshots", ...snapshot.environments];
}

/**
 * Lets the mirror's own directory show the top-level directories of an environment, where
 * `root_shows` names one: called before that environment moves to `tree`, so that nobody who follows
 * it finds one missing.
 */
export function addRootLinks(mirror: MirrorConfig, collection: Collection, tree: SealedTree): void {
  const reserved = reservedNames(mirror);
  collection.showLinks(mirror.rootShows, topDirectoriesOf(tree), { reserved });
}

/** The same, with none but those: called once the environment shows `tree`. */
export function showRootLinks(
  mirror: MirrorConfig,
  collection: Collection,
  tree: SealedTree,
): void {
  addRootLinks(mirror, collection, tree);
  collection.hideLinks(topDirectoriesOf(tree));
}
