/** What is known of a snapshot when it is decided what a sync adds to them. */
export interface KnownSnapshot {
  readonly name: string;
  readonly created: Date;
  /** Taken by a sync, not by a person. */
  readonly automatic: boolean;
  /** The generation of the working mirror that it was taken of. */
  readonly source: string | undefined;
}

/** How an environment came to show what it shows. */
export interface LastMove {
  /** The snapshot that it was moved to. */
  readonly to: string | undefined;
  readonly at: Date;
  /** By a sync, not by a person. */
  readonly automatic: boolean;
}

/** What is left to do for snapshots after a sync. */
export interface SnapshotPlan {
  /** The working mirror is to be kept as a new snapshot. */
  readonly create: boolean;
  /** The snapshot to stage: one that is there, or the new one; undefined for none. */
  readonly stage: { readonly name: string } | "new" | undefined;
}

/**
 * Decides what follows a sync: a snapshot if there is none of this generation, and staging
 * if that does not show the newest automatic snapshot, unless a person staged another one since.
 *
 * @param snapshots - oldest first
 * @param staging - absent where nothing is staged by itself
 */
export function planSnapshot(
  latest: string,
  snapshots: readonly KnownSnapshot[],
  staging?: { readonly shows: string | undefined; readonly lastMove: LastMove | undefined },
): SnapshotPlan {
  // By what they are of and not by their times: a clock may have been wrong.
  const create = !snapshots.some(({ source }) => source === latest);
  if (!staging) return { create, stage: undefined };
  if (create) return { create, stage: "new" };
  const newest = snapshots.findLast(({ automatic }) => automatic);
  const { lastMove } = staging;
  // A move that was stopped before it was put on record is made again, for the record.
  if (!newest || (staging.shows === newest.name && lastMove?.to === newest.name))
    return { create, stage: undefined };
  const byHand = lastMove !== undefined && !lastMove.automatic && lastMove.at >= newest.created;
  return { create, stage: byHand ? undefined : { name: newest.name } };
}
