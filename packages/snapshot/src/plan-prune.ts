/** Which snapshots are kept by their number and age. */
export interface PrunePolicy {
  /** The newest so many, and as many besides of those that are not from the future; 0: none. */
  readonly keepLast: number;
  /** Milliseconds: those that are younger. */
  readonly keepWithin?: number | undefined;
}

/** What a prune has to know of a snapshot. */
export interface PruneCandidate {
  readonly name: string;
  readonly created: Date;
  readonly protected: boolean;
}

/** What a prune has to know besides. */
export interface PruneFacts {
  readonly now: Date;
  /** Names of snapshots that are needed, whatever their age. */
  readonly inUse: ReadonlySet<string>;
}

/** Why a snapshot is kept. */
export type KeepReason = "newest" | "young" | "in-use" | "protected";

/** Which snapshots stay, with all their reasons, and which go; each oldest first. */
export interface PrunePlan {
  readonly keep: readonly { readonly name: string; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly string[];
}

/**
 * Decides which snapshots go: those that nothing is a reason to keep. Pure.
 *
 * One from the future is young. Either the clock was wrong when it was taken, and it is older than
 * it says, or the clock is wrong now. As nobody can tell, what is among the newest in either case is
 * kept: it neither pushes others out nor is it pushed out by them.
 *
 * @throws `TypeError` for a `keepLast` that is no count or a `keepWithin` that is no time
 *
 * @example
 * ```ts
 * planPrune(collection.snapshots(), { keepLast: 5 }, { now: new Date(), inUse: new Set() }).remove;
 * ```
 */
export function planPrune(
  snapshots: readonly PruneCandidate[],
  policy: PrunePolicy,
  facts: PruneFacts,
): PrunePlan {
  const { keepLast, keepWithin } = policy;
  if (!Number.isSafeInteger(keepLast) || keepLast < 0)
    throw new TypeError(`keepLast: expected a count, got ${keepLast}`);
  if (keepWithin !== undefined && !(keepWithin >= 0))
    throw new TypeError(`keepWithin: expected milliseconds, got ${keepWithin}`);
  const ordered = snapshots.toSorted(
    (a, b) => a.created.getTime() - b.created.getTime() || (a.name < b.name ? -1 : 1),
  );
  const past = ordered.filter(({ created }) => created <= facts.now);
  const newest = new Set(
    [ordered, past].flatMap((all) => all.slice(all.length - Math.min(keepLast, all.length))),
  );
  const keep: { name: string; reasons: KeepReason[] }[] = [];
  const remove: string[] = [];
  for (const snapshot of ordered) {
    const { name, created } = snapshot;
    const age = facts.now.getTime() - created.getTime();
    const reasons: KeepReason[] = [];
    if (newest.has(snapshot)) reasons.push("newest");
    if (keepWithin !== undefined && age < keepWithin) reasons.push("young");
    if (facts.inUse.has(name)) reasons.push("in-use");
    if (snapshot.protected) reasons.push("protected");
    if (reasons.length > 0) keep.push({ name, reasons });
    else remove.push(name);
  }
  return { keep, remove };
}
