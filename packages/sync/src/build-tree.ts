import { join } from "node:path";
import { encodePath } from "@mirror/fetch";
import {
  type ManifestFile,
  type SealedTree,
  SnapshotError,
  type TreeBuilder,
} from "@mirror/snapshot";
import { indexMark, unmarkCarried } from "./carried-mark.js";
import { contentKey, type Fetched, fetchContents, type HeldContent } from "./contents.js";
import { SyncError } from "./error.js";
import type { Amount } from "./events.js";
import { Failures } from "./failures.js";
import { ignoredBy } from "./ignore-missing.js";
import { checkedMark } from "./listed-digests.js";
import type { PoolFile } from "./pool-files.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { PublishedDocument, SuiteRelease } from "./release.js";
import type { Run } from "./run.js";
import { hasDigests, type Present } from "./tree-source.js";
import { wholeSeconds } from "./whole-seconds.js";

/** What went into a tree. */
export interface BuiltTree {
  readonly downloaded: Amount;
  readonly reused: Amount;
  /** Linked from the tree before although they left upstream. */
  readonly carried: Amount;
  /** Pool files that upstream lacks and that may be absent. */
  readonly ignoredMissing: readonly string[];
}

/**
 * Carries out a plan: links what is here, fetches the rest into `scratch`, and puts everything into
 * the unsealed tree. Whatever fails, what was fetched stays in `scratch` for the next run.
 *
 * @throws SyncError ERR_SYNC_NO_SPACE, ERR_SYNC_MISSING_FILE, ERR_SYNC_FILES_FAILED
 */
export async function buildTree(
  run: Run,
  plan: MirrorPlan,
  builder: TreeBuilder,
  latest: SealedTree | undefined,
  scratch: string,
): Promise<BuiltTree> {
  const reused = new Tally();
  const damaged: PoolFile[] = [];
  for (const { wanted, file, unchecked } of plan.pool.reuse) {
    run.signal?.throwIfAborted();
    const recorded = { ...unmarkCarried(file), ...marked(checkedMark(wanted.digests)) };
    const fits = !unchecked || (latest && (await hasDigests(latest, file, wanted.digests)));
    if (fits && latest && linkIfIntact(builder, latest, recorded)) reused.add(file);
    else damaged.push(wanted);
  }
  const wanted = [...plan.pool.download, ...damaged];
  await checkSpace(run, wanted);
  const fetched = await fetchPool(run, plan, wanted, scratch);
  const ignoredMissing = judge(run, wanted, fetched);

  const downloaded = new Tally();
  const place = placeOnce(builder, downloaded);
  for (const { path, digests } of wanted) {
    const result = fetched.get(contentKey(digests));
    if (result?.status === "held") place(path, result.file, checkedMark(digests));
  }
  for (const { source, variant, checked } of plan.indices.flatMap(({ variants }) => variants)) {
    const mark = indexMark(checked);
    if (source.origin === "fetched") place(variant.path, source.file, mark);
    else if (latest) {
      const recorded = { ...source.file, checked: mark };
      builder.link(join(latest.path, source.file.path), recorded);
      reused.add(source.file);
    }
    for (const path of variant.byHash) if (!builder.has(path)) builder.alias(variant.path, path);
  }
  for (const release of plan.releases) writeDocuments(run, builder, release, plan.present);
  const carried = new Tally();
  for (const file of plan.carry.carried) {
    // One that was damaged goes: upstream has it no longer.
    if (latest && linkIfIntact(builder, latest, file)) carried.add(file);
  }
  return { downloaded, reused, carried: { ...carried }, ignoredMissing };
}

function marked(checked: string | undefined): { checked?: string } {
  return checked === undefined ? {} : { checked };
}

/** Adds up files and bytes. */
class Tally implements Amount {
  files = 0;
  bytes = 0;

  add({ size }: { readonly size: number }): void {
    this.files += 1;
    this.bytes += size;
  }
}

/** False if the file is not as its manifest says: then it is fetched again. */
function linkIfIntact(builder: TreeBuilder, latest: SealedTree, file: ManifestFile): boolean {
  try {
    builder.link(join(latest.path, file.path), file);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_NOT_AS_RECORDED")
      return false;
    throw error;
  }
}

async function fetchPool(
  run: Run,
  plan: MirrorPlan,
  wanted: readonly PoolFile[],
  scratch: string,
): Promise<Map<string, Fetched>> {
  const dates = new Map(plan.releases.map(({ suite, release }) => [suite, release.date]));
  const contents = wanted.map(({ path, size, digests, suite }) => ({
    path,
    size,
    digests,
    urls: run.spec.urls.map((base) => base + encodePath(path)),
    fallbackTime: dates.get(suite) ?? run.ports.now(),
  }));
  return fetchContents(run, "packages", contents, scratch);
}

/** The paths that may be missing and are; throws when any other file could not be had. */
function judge(
  run: Run,
  wanted: readonly PoolFile[],
  fetched: ReadonlyMap<string, Fetched>,
): string[] {
  const ignored = ignoredBy(run.spec.ignoreMissing);
  const failures = new Failures();
  const missing: string[] = [];
  for (const { path, digests, suite } of wanted) {
    const result = fetched.get(contentKey(digests));
    if (result?.status === "failed") failures.add(path, () => result.error);
    if (result?.status !== "missing") continue;
    if (ignored(path)) {
      missing.push(path);
      run.warn("WARN_SYNC_FILE_MISSING", `${path}: absent upstream, left out by ignore_missing`);
    } else {
      const message = `${path}: listed by ${suite}, absent upstream`;
      failures.add(path, () => new SyncError("ERR_SYNC_MISSING_FILE", message, { suite, path }));
    }
  }
  failures.throwIfAny(run.spec.id);
  return missing;
}

/** Moves a fetched content into the tree; under its second path it is a link to the first. */
function placeOnce(
  builder: TreeBuilder,
  downloaded: Tally,
): (path: string, file: HeldContent, checked: string | undefined) => void {
  const placed = new Map<string, string>();
  return (path, file, checked) => {
    const first = placed.get(file.source);
    if (first === undefined) {
      const { source, size, sha256, mtime } = file;
      builder.move(source, { path, size, sha256, mtime, ...marked(checked) });
      placed.set(file.source, path);
      downloaded.add(file);
    } else {
      builder.alias(first, path);
    }
  };
}

function writeDocuments(
  run: Run,
  builder: TreeBuilder,
  { directory, release, published }: SuiteRelease,
  present: Present,
): void {
  for (const document of published) {
    const time = document.lastModified ?? release.date ?? run.ports.now();
    writeDocument(builder, directory + document.name, document, time, present);
  }
}

/**
 * Other bytes never keep the time of those before: a client that asks whether the file changed
 * since then would be told no.
 */
function writeDocument(
  builder: TreeBuilder,
  path: string,
  { bytes, sha256 }: PublishedDocument,
  time: Date,
  present: Present,
): void {
  const before = present.get(path);
  const seconds = wholeSeconds(time.getTime());
  const taken = before?.mtime === seconds && before.sha256 !== sha256;
  builder.write(path, bytes, new Date(taken ? seconds + 1000 : seconds));
}

async function checkSpace(run: Run, wanted: readonly PoolFile[]): Promise<void> {
  const contents = new Map(wanted.map(({ digests, size }) => [contentKey(digests), size]));
  const bytes = [...contents.values()].reduce((sum, size) => sum + size, 0);
  const free = await run.ports.freeSpace();
  if (bytes <= free.bytes && contents.size <= free.inodes) return;
  const [what, expected, found] =
    bytes > free.bytes ? ["bytes", bytes, free.bytes] : ["inodes", contents.size, free.inodes];
  throw new SyncError(
    "ERR_SYNC_NO_SPACE",
    `${run.spec.id}: ${expected} ${what} to download, ${found} ${what} free`,
    { expected: String(expected), found: String(found) },
  );
}
