import type { SpacePlace } from "./no-space.js";
import { requireSpace } from "./require-space.js";

/**
 * Makes sure that a snapshot of what `latest` shows fits, where it must be copied to another file
 * system. Where there are hard links, nothing is asked.
 *
 * @param makeRoom - called where space lacks, before it is looked at again
 * @throws SyncError ERR_SYNC_NO_SPACE
 */
export async function requireSnapshotSpace(
  place: Omit<SpacePlace, "directory">,
  makeRoom?: () => Promise<void>,
): Promise<void> {
  const { collection } = place;
  const { snapshots: directory } = collection.paths;
  await requireSpace({ ...place, directory }, collection.copyNeed(), makeRoom);
}
