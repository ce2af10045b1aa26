import type { Collection } from "@mirror/snapshot";

/**
 * What an environment shows by the history: the name of a snapshot; undefined for none. It differs
 * from what the environment does show where a move was stopped before it was put on record.
 */
export function onRecord(collection: Collection, environment: string): string | undefined {
  let recorded: string | undefined;
  for (const { pointer, to } of collection.history()) if (pointer === environment) recorded = to;
  return recorded;
}
