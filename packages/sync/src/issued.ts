import type { Collection, SealedTree } from "@mirror/snapshot";
import { factsOf } from "./facts.js";

const STATE = "issued";

/** The newest Date, ISO 8601, of each suite's own Release that was ever made, by the suite's name. */
export type IssuedDates = Readonly<Record<string, string>>;

/** What {@link noteIssued} noted; nothing where that is lost. */
export function readIssued(collection: Collection): IssuedDates {
  const state = collection.readState<unknown>(STATE);
  if (typeof state !== "object" || state === null || Array.isArray(state)) return {};
  return Object.fromEntries(Object.entries(state).filter(([, date]) => typeof date === "string"));
}

/**
 * Notes the Dates of a tree that clients are about to see: whoever signs next must not be older.
 * Hold the collection's `store` lock.
 */
export function noteIssued(collection: Collection, tree: SealedTree): void {
  const before = readIssued(collection);
  const dates = { ...before };
  for (const { suite, resigned } of factsOf(tree)?.suites ?? []) {
    if (resigned && !(resigned.date <= (before[suite] ?? ""))) dates[suite] = resigned.date;
  }
  if (Object.keys(dates).some((suite) => dates[suite] !== before[suite]))
    collection.writeState(STATE, dates);
}
