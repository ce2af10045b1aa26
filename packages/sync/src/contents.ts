import { createHash } from "node:crypto";
import { createReadStream, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Digests } from "@mirror/deb822";
import type { Phase } from "./events.js";
import { inLanes } from "./lanes.js";
import { type Run, startPhase } from "./run.js";
import { wholeSeconds } from "./whole-seconds.js";

/** A content that the tree needs, known by its digests before it is fetched. */
export interface WantedContent {
  /** Path in the tree, for messages. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digests: Digests;
  /** Where to ask, in order. */
  readonly urls: readonly string[];
  /** The time it gets when upstream sends none. */
  readonly fallbackTime: Date;
}

/** What came of a wanted content. */
export type Fetched =
  | { readonly status: "held"; readonly file: HeldContent }
  | { readonly status: "missing" }
  | { readonly status: "failed"; readonly error: Error };

/** A content on disk with the right size and digests. */
export interface HeldContent {
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
  /** ms since the epoch, whole seconds. */
  readonly mtime: number;
}

/** Where a content is known by: its SHA256, or its SHA512 where there is no SHA256. */
export function contentKey(digests: Digests): string {
  const key = digests.sha256 ?? digests.sha512;
  if (key === undefined) throw new TypeError("a content needs SHA256 or SHA512");
  return key;
}

/**
 * The fetcher makes no more attempts at one file: further places of a content would never be asked,
 * and a signed list may name one content a million times.
 */
const MOST_URLS = 20;

/** More than any connection limit: the fetcher decides how many requests are under way. */
const LANES = 64;

/**
 * Fetches every wanted content into `directory`, one file each, named by {@link contentKey}; what
 * an earlier run left there is hashed and kept. One failure does not stop the others.
 */
export async function fetchContents(
  run: Run,
  phase: Phase,
  wanted: readonly WantedContent[],
  directory: string,
): Promise<Map<string, Fetched>> {
  // One content under several names is fetched once, from wherever one of the names is served.
  const contents = new Map<string, WantedContent>();
  for (const content of wanted) {
    const key = contentKey(content.digests);
    const known = contents.get(key);
    if (known === undefined) contents.set(key, content);
    else if (known.urls.length < MOST_URLS)
      contents.set(key, { ...known, urls: [...known.urls, ...content.urls] });
  }
  const bytes = [...contents.values()].reduce((sum, { size }) => sum + size, 0);
  const progress = startPhase(run, phase, { files: contents.size, bytes });
  const results = new Map<string, Fetched>();
  await inLanes(contents, LANES, async ([key, content]) => {
    run.signal?.throwIfAborted();
    const result = await fetchContent(run, content, join(directory, key), progress.bytes);
    results.set(key, result);
    if (result.status === "held") progress.arrived();
    else progress.failed();
    if (result.status !== "failed") return;
    run.signal?.throwIfAborted();
    run.emit({ type: "file-failed", path: content.path, error: result.error });
  });
  progress.finish();
  return results;
}

async function fetchContent(
  run: Run,
  { size, digests, urls, fallbackTime }: WantedContent,
  destination: string,
  onBytes: (count: number) => void,
): Promise<Fetched> {
  try {
    const left = await leftByEarlierRun(destination, size, digests);
    if (left) {
      onBytes(size);
      return { status: "held", file: left };
    }
    const answer = await run.ports.fetcher.download({
      urls,
      destination,
      size,
      digests,
      onBytes,
      ...(run.signal ? { signal: run.signal } : {}),
    });
    if (answer.status === "missing") return { status: "missing" };
    const time = answer.lastModified ?? fallbackTime;
    const mtime = wholeSeconds(time.getTime());
    return {
      status: "held",
      file: { source: destination, size, sha256: answer.sha256, mtime },
    };
  } catch (error) {
    return { status: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** A file of an earlier run is hashed before it counts: it was never synced to the disk. */
async function leftByEarlierRun(
  path: string,
  size: number,
  digests: Digests,
): Promise<HeldContent | undefined> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size !== size) return undefined;
  const sha256 = await matchingSha256(path, digests);
  if (sha256 === undefined) return undefined;
  return { source: path, size, sha256, mtime: wholeSeconds(stat.mtimeMs) };
}

/** The SHA256 of a file whose digests are all as listed; undefined if one differs. */
async function matchingSha256(path: string, digests: Digests): Promise<string | undefined> {
  const listed = Object.entries(digests) as [string, string | undefined][];
  const algorithms = new Set(["sha256", ...listed.map(([name]) => name)]);
  const hashes = new Map([...algorithms].map((name) => [name, createHash(name)]));
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    for (const hash of hashes.values()) hash.update(chunk as Uint8Array);
  }
  const found = new Map([...hashes].map(([name, hash]) => [name, hash.digest("hex")]));
  const fits = listed.every(([name, digest]) => digest === undefined || found.get(name) === digest);
  return fits ? found.get("sha256") : undefined;
}
