/** What is known of a snapshot when it is decided what a sync adds to them. */
export interface KnownSnapshot {
  readonly name: string;
  readonly created: Date;
  /** Taken by a sync, not by a person. */
  readonly automatic: boolean;
  /** The generation of the working mirror that it was taken of. */
  readonly source: string | undefined;
}

/** One time that an environment was moved. */
export interface StagingMove {
  /** The snapshot that it was moved to. */
  readonly to: string | undefined;
  /** When that snapshot was taken, ISO 8601 as the history has it; undefined where it does not say. */
  readonly created: string | undefined;
  readonly at: Date;
  /** By a sync, not by a person. */
  readonly automatic: boolean;
}

/** An environment that shows each new snapshot. */
export interface Staging {
  /** The name of the snapshot that it shows. */
  readonly shows: string | undefined;
  /** What the history tells of it, in the order in which it was written. */
  readonly moves: readonly StagingMove[];
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
 * What came after what is told by what `latest` shows and by the order of the history. Times decide
 * only where neither says: a clock may have been wrong.
 *
 * @param latest - the generation that the working mirror shows
 * @param snapshots - oldest first by their times
 * @param staging - absent where nothing is staged by itself
 */
export function planSnapshot(
  latest: string,
  snapshots: readonly KnownSnapshot[],
  staging?: Staging,
): SnapshotPlan {
  const create = !snapshots.some(({ source }) => source === latest);
  if (!staging) return { create, stage: undefined };
  if (create) return { create, stage: "new" };
  const newest = newestAutomatic(latest, snapshots, staging.moves);
  const last = staging.moves.at(-1);
  // A move that was stopped before it was put on record is made again, for the record.
  if (!newest || (staging.shows === newest.name && last?.to === newest.name))
    return { create, stage: undefined };
  const since =
    last !== undefined &&
    !last.automatic &&
    (staging.moves.some((move) => isStaging(move, newest)) || last.at >= newest.created);
  return { create, stage: since ? undefined : { name: newest.name } };
}

/**
 * The one of what `latest` shows. Where only a person took one of that, the one that was staged by
 * itself last: to leave a newer one unstaged does less harm than to stage an older one.
 */
function newestAutomatic(
  latest: string,
  snapshots: readonly KnownSnapshot[],
  moves: readonly StagingMove[],
): KnownSnapshot | undefined {
  const automatic = snapshots.filter((snapshot) => snapshot.automatic);
  const current = automatic.findLast(({ source }) => source === latest);
  if (current) return current;
  for (const move of moves.toReversed()) {
    const staged = automatic.find((snapshot) => isStaging(move, snapshot));
    if (staged) return staged;
  }
  return automatic.at(-1);
}

/** Whether a sync staged this very snapshot, and not one that had its name before. */
function isStaging({ automatic, to, created }: StagingMove, snapshot: KnownSnapshot): boolean {
  return (
    automatic &&
    to === snapshot.name &&
    (created === undefined || created === snapshot.created.toISOString())
  );
}
