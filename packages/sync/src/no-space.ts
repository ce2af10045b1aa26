import { statSync } from "node:fs";
import type { Collection } from "@mirror/snapshot";
import { SyncError } from "./error.js";
import { planDeletion, type SpacePlan } from "./plan-space.js";
import type { FreeSpace } from "./spec.js";

/** Where something is to be written. */
export interface SpacePlace {
  /** Of the mirror. */
  readonly id: string;
  /** A directory on the file system in question; it need not exist yet. */
  readonly directory: string;
  readonly collection: Collection;
  freeSpace(directory: string): Promise<FreeSpace>;
  readonly signal?: AbortSignal | undefined;
}

/** The error for what does not fit, with the snapshots whose deletion would free most. */
export async function noSpace(place: SpacePlace, plan: SpacePlan): Promise<SyncError> {
  const { id, directory } = place;
  const { needed, free, short = { bytes: 0, inodes: 0 } } = plan;
  const deletion = planDeletion(await deletable(place), short);
  return new SyncError("ERR_SYNC_NO_SPACE", `${id}: ${describeShort(plan, directory)}`, {
    mirror: id,
    path: directory,
    needed,
    free: { bytes: free.bytes, inodes: free.inodes },
    reserve: free.reserve,
    short,
    ...deletion,
  });
}

/** The snapshots that nothing shows and nobody protects, where deleting them frees anything there. */
async function deletable({ collection, directory, signal }: SpacePlace) {
  if (!frees(collection, directory)) return [];
  const { snapshots: inUse, unreadable } = collection.usage();
  // Nobody can tell what is shown: none of them could be deleted.
  if (unreadable.size > 0) return [];
  const candidates = collection
    .snapshots()
    .filter((snapshot) => !snapshot.protected && !inUse.has(snapshot.name));
  const found = [];
  for (const snapshot of candidates)
    found.push({ name: snapshot.name, ...(await collection.freedBy([snapshot], { signal })) });
  return found;
}

/** Whether snapshots lie on the same file system as a directory. */
export function frees({ paths }: Collection, directory: string): boolean {
  const device = (path: string) => statSync(path, { throwIfNoEntry: false })?.dev;
  const own = device(paths.snapshots);
  return own !== undefined && own === device(directory);
}

/** What lacks, in words: amounts in bytes. */
function describeShort({ needed, free, short }: SpacePlan, directory: string): string {
  const { reserve, claimed } = free;
  const taken = [
    ...(reserve > 0 ? [`${reserve} bytes are to stay free (min_free)`] : []),
    ...(claimed.bytes > 0 ? [`${claimed.bytes} bytes are for other mirrors of this run`] : []),
  ];
  const kept = taken.length > 0 ? ` of which ${taken.join(" and ")}` : "";
  const others = claimed.inodes > 0 ? ` of which ${claimed.inodes} are for other mirrors` : "";
  const parts = [
    ...(short && short.bytes > 0
      ? [
          `${needed.bytes} bytes to write, ${free.bytes} bytes free${kept}: lacks ${short.bytes} bytes`,
        ]
      : []),
    ...(short && short.inodes > 0
      ? [
          `${needed.inodes} files and directories to make, ${free.inodes} inodes free${others}: lacks ${short.inodes} inodes`,
        ]
      : []),
  ];
  return `${parts.join("; ")}, on the file system of ${directory}`;
}
