import type { MirrorConfig } from "@mirror/config";
import type { Collection } from "@mirror/snapshot";
import type { RetentionPolicy } from "@mirror/sync";
import { keptFiles } from "./kept-files.js";

/** Which snapshots of a mirror a sync may remove; none where they are only made by hand. */
export function retentionOf(
  mirror: MirrorConfig,
  collection: Collection,
): RetentionPolicy | undefined {
  const { automatic, environments, keepLast, keepWithin } = mirror.snapshot;
  if (!automatic) return undefined;
  return {
    environments,
    keepLast,
    ...(keepWithin === undefined ? {} : { keepWithin }),
    keep: keptFiles(mirror, collection),
  };
}
