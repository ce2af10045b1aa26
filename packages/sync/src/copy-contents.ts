import { rmSync } from "node:fs";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  type HeldContent,
  type JoinedContent,
  type JoinedContents,
  leftByEarlierRun,
  matchingSha256,
} from "./contents.js";
import { copyOpened } from "./copy-opened.js";
import { inLanes } from "./lanes.js";
import { type Sighting, type Sightings, sourceOf } from "./locate-contents.js";
import { type Run, startPhase } from "./run.js";
import { wholeSeconds } from "./whole-seconds.js";

/** Files that are copied and hashed at the same time. */
const LANES = 4;

/**
 * Copies what was sighted into `directory`, one file each, named by its key, as downloads are; each
 * copy is hashed, so that nothing that happens to its source matters any more. Returns by key what is
 * as listed; a copy that is not, or could not be made, is gone and warned of.
 */
export async function copyContents(
  run: Run,
  contents: JoinedContents,
  sightings: Sightings,
  directory: string,
): Promise<ReadonlyMap<string, HeldContent>> {
  const work = [...sightings].flatMap(([key, found]) => {
    const content = contents.get(key);
    return content ? [{ key, content, found }] : [];
  });
  if (work.length === 0) return new Map();
  const bytes = work.reduce((sum, { content }) => sum + content.size, 0);
  const progress = startPhase(run, "copy", { files: work.length, bytes });
  const copied = new Map<string, HeldContent>();
  const left: string[] = [];
  await inLanes(work, LANES, async ({ key, content, found }) => {
    run.signal?.throwIfAborted();
    const file = await copyFirst(run, content, found, join(directory, key));
    run.signal?.throwIfAborted();
    if (file) {
      copied.set(key, { ...file, copied: true });
      progress.bytes(content.size);
      progress.arrived();
    } else {
      left.push(content.path);
      progress.failed();
    }
  });
  progress.finish();
  if (left.length > 0) {
    const others = left.length > 1 ? ` and ${left.length - 1} more` : "";
    const message = `${left[0]}${others}: seemed to be here, but has another content or cannot be read`;
    run.warn("WARN_SYNC_NOT_REUSED", message);
  }
  return copied;
}

async function copyFirst(
  run: Run,
  content: JoinedContent,
  sightings: readonly Sighting[],
  destination: string,
): Promise<HeldContent | undefined> {
  const here = await leftByEarlierRun(destination, content, run.signal);
  if (here) return here;
  for (const sighting of sightings) {
    try {
      return await copy(run, content, sighting, destination);
    } catch {
      // The next one, else upstream, which also says what keeps files from being written here.
      rmSync(destination, { recursive: true, force: true });
    }
  }
  return undefined;
}

async function copy(
  run: Run,
  { size, digests }: JoinedContent,
  sighting: Sighting,
  destination: string,
): Promise<HeldContent> {
  const source = sourceOf(sighting);
  const mtime = wholeSeconds(await copyOpened(source, size, destination));
  const sha256 = await matchingSha256(destination, digests, { signal: run.signal });
  if (sha256 === undefined) throw new Error(`${source}: another content`);
  // A later run takes the time from here.
  await utimes(destination, mtime / 1000, mtime / 1000);
  return { source: destination, size, sha256, mtime };
}
