import { lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digests } from "@mirror/deb822";
import { encodePath, type FetchError } from "@mirror/fetch";
import { type DigestOptions, digestFile } from "./digest-file.js";
import { SyncError } from "./error.js";
import type { DownloadPhase } from "./events.js";
import { forbidden } from "./forbidden.js";
import { inLanes } from "./lanes.js";
import { listedDigests } from "./listed-digests.js";
import { type Fetching, startPhase } from "./run.js";
import { wholeSeconds } from "./whole-seconds.js";

/** A content that the tree needs, known by its digests before it is fetched. */
export interface WantedContent {
  /** Path in the tree. */
  readonly path: string;
  /** Other paths that it has in a repository, by its digest. */
  readonly byHash?: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly digests: Digests;
  /** Paths by which upstream is asked for it, in order; `path` alone if not given. */
  readonly names?: readonly string[];
  /** The time it gets when upstream sends none. */
  readonly fallbackTime: Date;
}

/** What came of a wanted content. */
export type Fetched =
  | { readonly status: "held"; readonly file: HeldContent }
  /** Upstream lacks it, or refused it in a way that may mean the same. */
  | { readonly status: "missing"; readonly refusal?: FetchError }
  | { readonly status: "failed"; readonly error: Error };

/** A content on disk with the right size and digests. */
export interface HeldContent {
  readonly source: string;
  readonly size: number;
  readonly sha256: string;
  /** ms since the epoch, whole seconds. */
  readonly mtime: number;
  /** It comes from this machine, not from upstream. */
  readonly copied?: true;
}

/** Where a content is known by: its SHA256, or its SHA512 where there is no SHA256. */
export function contentKey(digests: Digests): string {
  const key = digests.sha256 ?? digests.sha512;
  if (key === undefined) throw new TypeError("a content needs SHA256 or SHA512");
  return key;
}

/** More than any connection limit: the fetcher decides how many requests are under way. */
const LANES = 64;

/** Of how many paths with one content the servers are asked before it counts as missing. */
const MAX_PLACES = 4;

/**
 * Fetches every content into `directory`, one file each, named by {@link contentKey}; what an earlier
 * run left there is hashed and kept. One failure does not stop the others.
 */
export async function fetchContents(
  run: Fetching,
  phase: DownloadPhase,
  contents: JoinedContents,
  directory: string,
): Promise<Map<string, Fetched>> {
  const bytes = [...contents.values()].reduce((sum, { size }) => sum + size, 0);
  const progress = startPhase(run, phase, { files: contents.size, bytes });
  const results = new Map<string, Fetched>();
  // Asked once, not for each of what may be 100,000 contents.
  const there = new Set(readdirSync(directory));
  await inLanes(contents, LANES, async ([key, content]) => {
    run.signal?.throwIfAborted();
    const isEmpty = !namesOf(key).some((name) => there.has(name));
    const place = { destination: join(directory, key), isEmpty };
    const result = await fetchContent(run, content, place, progress.bytes);
    results.set(key, result);
    const error = failureOf(phase, result);
    if (result.status === "held") progress.arrived();
    else if (error) progress.failed();
    else progress.absent();
    if (!error) return;
    run.signal?.throwIfAborted();
    run.emit({ type: "file-failed", path: content.path, error });
  });
  progress.finish();
  return results;
}

/** Why a file is not there, where that is a failure: of an index that is refused another form may do. */
function failureOf(phase: DownloadPhase, result: Fetched): Error | undefined {
  if (result.status === "failed") return result.error;
  return result.status === "missing" && phase !== "indices" ? result.refusal : undefined;
}

/** Contents by {@link contentKey}. */
export type JoinedContents = ReadonlyMap<string, JoinedContent>;

/** A content with every place that may serve it. */
export interface JoinedContent
  extends Pick<WantedContent, "path" | "size" | "digests" | "fallbackTime"> {
  /** Other paths that it has in a repository, a few at most; the likelier come first. */
  readonly others?: readonly string[];
  /** The names that it has at each of several places, tried place by place; `path` if not given. */
  readonly places?: readonly (readonly string[])[];
}

/**
 * One content under several paths is fetched once, from wherever one of them is served.
 *
 * @throws SyncError ERR_SYNC_CONFLICTING_FILE when one digest is listed with two sizes, or with two
 * digests of another kind
 */
export function joinContents(wanted: Iterable<WantedContent>): Map<string, JoinedContent> {
  const contents = new Map<string, JoinedContent>();
  for (const { names, byHash, ...content } of wanted) {
    const key = contentKey(content.digests);
    const known = contents.get(key);
    if (!known) {
      const places = names && { places: [names] };
      contents.set(key, { ...content, ...(byHash ? { others: byHash } : {}), ...places });
      continue;
    }
    if (known.size !== content.size || !agree(known.digests, content.digests)) {
      throw new SyncError(
        "ERR_SYNC_CONFLICTING_FILE",
        `${known.path} and ${content.path}: listed with one digest and another size or another digest`,
        { path: content.path, expected: known.path },
      );
    }
    const { places = [[known.path]], others = [] } = known;
    const digests = { ...known.digests, ...content.digests };
    if (places.length >= MAX_PLACES) contents.set(key, { ...known, digests });
    else {
      const more = [...places, names ?? [content.path]];
      contents.set(key, { ...known, digests, others: [...others, content.path], places: more });
    }
  }
  return contents;
}

/** True if no digest that both have differs. */
export function agree(one: Digests, other: Digests): boolean {
  const names = ["sha256", "sha512", "sha1", "md5"] as const;
  return names.every(
    (name) => one[name] === undefined || other[name] === undefined || one[name] === other[name],
  );
}

/** The names that a download has: its own, and those of what is to become of it. */
function namesOf(key: string): string[] {
  return [key, `${key}.part`, `${key}.part.json`];
}

async function fetchContent(
  run: Fetching,
  content: JoinedContent,
  { destination, isEmpty }: { readonly destination: string; readonly isEmpty: boolean },
  onBytes: (count: number) => void,
): Promise<Fetched> {
  try {
    if (!isEmpty) for (const name of namesOf(destination)) removeUnlessFile(name);
    if (content.size === 0) writeFileSync(destination, "");
    const isWorthALook = !isEmpty || content.size === 0;
    const left = isWorthALook && (await leftByEarlierRun(destination, content, run.signal));
    if (left) {
      onBytes(content.size);
      return { status: "held", file: left };
    }
    let refusal: FetchError | undefined;
    for (const names of content.places ?? [[content.path]]) {
      const urls = names.map(encodePath).flatMap((name) => run.urls.map((base) => base + name));
      try {
        const fetched = await download(run, content, urls, destination, onBytes);
        if (fetched) return { status: "held", file: fetched };
      } catch (error) {
        refusal = forbidden(error);
        if (!refusal) throw error;
      }
    }
    return { status: "missing", ...(refusal ? { refusal } : {}) };
  } catch (error) {
    return { status: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function download(
  run: Fetching,
  { size, digests, fallbackTime }: JoinedContent,
  urls: readonly string[],
  destination: string,
  onBytes: (count: number) => void,
): Promise<HeldContent | undefined> {
  const answer = await run.ports.fetcher.download({
    urls,
    destination,
    size,
    digests,
    onBytes,
    ...(run.signal ? { signal: run.signal } : {}),
  });
  if (answer.status === "missing") return undefined;
  const time = answer.lastModified ?? fallbackTime;
  return {
    source: destination,
    size,
    sha256: answer.sha256,
    mtime: wholeSeconds(time.getTime()),
  };
}

/** Nothing but files belongs among the downloads; what else lies there was planted. */
function removeUnlessFile(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat && !stat.isFile()) rmSync(path, { recursive: true, force: true });
}

/** A file of an earlier run is hashed before it counts: it was never synced to the disk. */
export async function leftByEarlierRun(
  path: string,
  { size, digests, fallbackTime }: JoinedContent,
  signal: AbortSignal | undefined,
): Promise<HeldContent | undefined> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size !== size) return undefined;
  const sha256 = await matchingSha256(path, digests, { signal });
  if (sha256 === undefined) return undefined;
  const time = size === 0 ? fallbackTime.getTime() : stat.mtimeMs;
  return { source: path, size, sha256, mtime: wholeSeconds(time) };
}

/** The SHA256 of a file whose digests are all as listed; undefined if one differs. */
export async function matchingSha256(
  path: string,
  digests: Digests,
  options: DigestOptions = {},
): Promise<string | undefined> {
  const listed = Object.entries(listedDigests(digests)) as [string, string | undefined][];
  const names = new Set(["sha256", ...listed.map(([name]) => name)]);
  const found = await digestFile(path, names, options);
  const fits = listed.every(([name, digest]) => digest === undefined || found.get(name) === digest);
  return fits ? found.get("sha256") : undefined;
}
