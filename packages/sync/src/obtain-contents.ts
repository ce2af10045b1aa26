import { type Fetched, fetchContents, type JoinedContents } from "./contents.js";
import { copyContents } from "./copy-contents.js";
import type { Sightings } from "./locate-contents.js";
import type { Run } from "./run.js";
import { without } from "./without.js";

/**
 * Gets every content into `directory`: what was sighted on this machine by copying it, the rest from
 * upstream.
 */
export async function obtainContents(
  run: Run,
  phase: "indices" | "packages",
  { contents, sightings }: { contents: JoinedContents; sightings: Sightings },
  directory: string,
): Promise<ReadonlyMap<string, Fetched>> {
  const copied = await copyContents(run, contents, sightings, directory);
  const results = await fetchContents(run, phase, without(contents, copied), directory);
  for (const [key, file] of copied) results.set(key, { status: "held", file });
  return results;
}
