import type { Space } from "@mirror/snapshot";
import { noSpace, type SpacePlace } from "./no-space.js";
import { planSpace } from "./plan-space.js";

/**
 * Makes sure that so much can be written.
 *
 * @param makeRoom - called where it lacks, before it is looked at again
 * @throws SyncError ERR_SYNC_NO_SPACE
 */
export async function requireSpace(
  place: SpacePlace,
  needed: Space,
  makeRoom?: (short: Space) => Promise<void>,
): Promise<void> {
  const plan = async () => planSpace(needed, await place.freeSpace(place.directory));
  const first = await plan();
  if (!first.short) return;
  await makeRoom?.(first.short);
  const second = makeRoom ? await plan() : first;
  if (second.short) throw await noSpace(place, second);
}
