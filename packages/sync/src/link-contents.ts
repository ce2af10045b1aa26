import { linkSync, lstatSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { SnapshotError, type TreeBuilder } from "@mirror/snapshot";
import { type JoinedContent, type JoinedContents, matchingSha256 } from "./contents.js";
import type { DigestOptions } from "./digest-file.js";
import { inLanes } from "./lanes.js";
import { checkedMark, wasChecked } from "./listed-digests.js";
import { type Sighting, type Sightings, sourceOf } from "./locate-contents.js";
import type { PoolFile } from "./pool-files.js";
import { type Run, startPhase } from "./run.js";
import { wholeSeconds } from "./whole-seconds.js";

/** Files that are hashed at the same time: as many as Node reads at the same time. */
const LANES = 4;

/** Contents that a tree wants, and where they were seen; all by key. */
export interface SightedContents {
  readonly contents: JoinedContents;
  readonly sightings: Sightings;
  /** The files of the tree that have a content. */
  readonly files: ReadonlyMap<string, readonly PoolFile[]>;
  /** Contents that the present tree turned out not to have: other trees may share its inode. */
  readonly damaged: ReadonlySet<string>;
}

/** A file whose content is as listed, and can be linked. */
interface CheckedFile {
  readonly source: string;
  readonly sha256: string;
  /** ms since the epoch, whole seconds. */
  readonly mtime: number;
}

/**
 * Links what was sighted into the tree, once it is known to be as listed: a file of a directory by
 * hashing it, one of a tree where its manifest does not say that all of it was checked. Returns the
 * sizes of what the tree has now, by key; the other contents are to be had otherwise.
 *
 * A link shares its inode. So of a directory only files are linked that belong to the owner of the
 * tree, that nobody else may write to, and that need no other mode.
 *
 * @param scratch - private, and on the file system of the tree
 */
export async function linkContents(
  run: Run,
  builder: TreeBuilder,
  { contents, sightings, files, damaged }: SightedContents,
  scratch: string,
): Promise<ReadonlyMap<string, number>> {
  const tree = lstatSync(builder.path);
  const work = [...sightings].flatMap(([key, seen]) => {
    const content = contents.get(key);
    const sighting = content && seen.find((one) => canShare(one, tree));
    return sighting ? [{ key, content, sighting }] : [];
  });
  const linked = new Map<string, number>();
  if (work.length === 0) return linked;
  const bytes = work.reduce((sum, { content }) => sum + content.size, 0);
  const progress = startPhase(run, "reuse", { files: work.length, bytes });
  const options = { signal: run.signal, onBytes: progress.bytes };
  await inLanes(work, LANES, async ({ key, content, sighting }) => {
    run.signal?.throwIfAborted();
    const own = join(scratch, `${key}.link`);
    try {
      const checked = await (sighting.from === "tree"
        ? checkTreeFile(sighting, content, damaged.has(key), options)
        : checkLink(sighting.path, own, content, tree, options)
      ).catch(() => undefined);
      run.signal?.throwIfAborted();
      if (checked && place(builder, checked, files.get(key) ?? [])) {
        linked.set(key, content.size);
        progress.arrived();
      } else progress.failed();
    } finally {
      rmSync(own, { force: true });
    }
  });
  progress.finish();
  return linked;
}

/** Whether a file may have a second name in a tree, as far as can be told by looking at it. */
export function canShare(sighting: Sighting, tree: Stats): boolean {
  try {
    const stats = lstatSync(sourceOf(sighting));
    return sighting.from === "tree" ? stats.dev === tree.dev : isOursAlone(stats, tree);
  } catch {
    return false;
  }
}

/** Whether nobody else can change a file, and it needs no change to be published. */
function isOursAlone({ dev, uid, mode }: Stats, tree: Stats): boolean {
  return dev === tree.dev && uid === tree.uid && (mode & 0o7022) === 0 && (mode & 0o644) === 0o644;
}

/** Undefined where the content is another one; rejects where it cannot be read. */
async function checkTreeFile(
  sighting: Extract<Sighting, { from: "tree" }>,
  { size, digests }: JoinedContent,
  isDamaged: boolean,
  options: DigestOptions,
): Promise<CheckedFile | undefined> {
  const { sha256, mtime, checked } = sighting.file;
  const source = sourceOf(sighting);
  if (!isDamaged && wasChecked(checked, checkedMark(digests))) options.onBytes?.(size);
  else if ((await matchingSha256(source, digests, options)) === undefined) return undefined;
  return { source, sha256, mtime };
}

/** The same of a file of a directory, by a link to it; rejects where it cannot be linked. */
async function checkLink(
  path: string,
  own: string,
  { digests }: JoinedContent,
  tree: Stats,
  options: DigestOptions,
): Promise<CheckedFile | undefined> {
  rmSync(own, { force: true });
  // What is looked at and hashed is what is linked, whoever renames files there meanwhile.
  linkSync(path, own);
  const stats = lstatSync(own);
  if (!isOursAlone(stats, tree)) return undefined;
  const { mtimeMs } = stats;
  const sha256 = await matchingSha256(own, digests, options);
  return sha256 === undefined ? undefined : { source: own, sha256, mtime: wholeSeconds(mtimeMs) };
}

/** False if the file is not as it was when it was looked at: then nothing of it is in the tree. */
function place(
  builder: TreeBuilder,
  { source, sha256, mtime }: CheckedFile,
  [first, ...others]: readonly PoolFile[],
): boolean {
  if (!first) return false;
  const { path, size, digests } = first;
  const checked = checkedMark(digests);
  try {
    builder.link(source, { path, size, sha256, mtime, ...(checked ? { checked } : {}) });
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_NOT_AS_RECORDED")
      return false;
    throw error;
  }
  for (const other of others) builder.alias(path, other.path);
  return true;
}
