import type { Collection } from "@mirror/snapshot";

const STATE = "suspects";

/**
 * Contents of which a repair has found damaged files that it could not mend: a file of one of them is
 * hashed before it is used again, also where its size and time are as recorded.
 */
export function readSuspects(collection: Collection): ReadonlySet<string> {
  const value = collection.readState<unknown>(STATE);
  return new Set(Array.isArray(value) ? value.filter((digest) => typeof digest === "string") : []);
}

/** Adds contents, by their SHA256, to those that are suspected, and takes others out. Hold `store`. */
export function noteSuspects(
  collection: Collection,
  { found, mended }: Record<"found" | "mended", ReadonlySet<string>>,
): void {
  const before = readSuspects(collection);
  const after = new Set([...before, ...found].filter((digest) => !mended.has(digest)));
  if (after.size === before.size && [...after].every((digest) => before.has(digest))) return;
  // All of them: a sync believes whatever is not here.
  collection.writeState(STATE, [...after].sort());
}
