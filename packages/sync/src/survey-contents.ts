import { type BigIntStats, lstatSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  type Collection,
  type ManifestFile,
  type SealedTree,
  SnapshotError,
} from "@mirror/snapshot";
import { reasonOf } from "./content-check.js";
import type { DigestCache } from "./digest-cache.js";
import { digestFile } from "./digest-file.js";
import { factsOf, type TreeFacts } from "./facts.js";
import { isOfProcess } from "./is-of-process.js";
import { modeFault } from "./mode-fault.js";
import { realDirectory } from "./real-directory.js";
import type { TreeName } from "./repair-report.js";

/** One name that a content has in a sealed tree, and what is found under it. */
export interface ContentName {
  /** The collection of the tree. */
  readonly id: string;
  readonly tree: SealedTree;
  readonly facts: TreeFacts | undefined;
  readonly file: ManifestFile;
  /** What is wrong with the file, in a few words; absent where clients get the content. */
  readonly fault?: string;
  /** The content is there all the same, but clients cannot read it. */
  readonly isClosed?: true;
}

/** A survey's result. */
export interface ContentSurvey {
  readonly names: readonly ContentName[];
  /** Trees of which nothing can be said, because their manifests, or their directory, cannot be read. */
  readonly unread: readonly TreeName[];
}

/** How a survey looks at files. */
export interface SurveyOptions {
  /** Files that have been read once are not read again. */
  readonly cache: DigestCache;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds every name that contents (by their SHA256) have in all sealed trees of these collections, and
 * hashes what is there: damage has as many names as the damaged file.
 *
 * @throws the system's error where this process may not open more
 */
export async function surveyContents(
  collections: readonly Collection[],
  contents: ReadonlySet<string>,
  options: SurveyOptions,
): Promise<ContentSurvey> {
  const names: ContentName[] = [];
  const unread: TreeName[] = [];
  const reading = <T>(id: string, tree: string | undefined, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      // What was deleted meanwhile has no damage any more.
      if (error.found !== "ENOENT") unread.push({ id, tree: tree ?? error.path ?? "" });
      return undefined;
    }
  };
  for (const { id, everyTree } of collections) {
    for (const tree of reading(id, undefined, everyTree) ?? []) {
      // A manifest takes some 50 ms; others of this process get a turn in between.
      await setImmediate();
      options.signal?.throwIfAborted();
      const found = reading(id, tree.generation, () => {
        const files = [...tree.files(contents)];
        return { files, facts: files.length > 0 ? factsOf(tree) : undefined };
      });
      const isReal = realDirectory(tree.path);
      for (const file of found?.files ?? []) {
        const fault = await faultOf(tree, file, isReal(parentOf(file.path)), options);
        names.push({ id, tree, facts: found?.facts, file, ...fault });
      }
    }
  }
  return { names, unread };
}

async function faultOf(
  tree: SealedTree,
  { path, size, sha256 }: ManifestFile,
  isReal: boolean,
  { cache, signal }: SurveyOptions,
): Promise<Pick<ContentName, "fault" | "isClosed">> {
  const place = join(tree.path, path);
  try {
    const stats = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return { fault: "missing" };
    if (!isReal) return { fault: "reached through a symlink" };
    if (!stats.isFile()) return { fault: "no regular file" };
    if (stats.size !== BigInt(size)) return { fault: `${stats.size} bytes instead of ${size}` };
    const found = await sha256Of(place, stats, { cache, signal });
    if (found !== sha256) return { fault: "another content" };
    const closed = closedAt(tree.path, path);
    return closed === undefined ? {} : { fault: closed, isClosed: true };
  } catch (error) {
    signal?.throwIfAborted();
    if (isOfProcess(error)) throw error;
    return { fault: reasonOf(error) };
  }
}

/** What keeps clients from a file that is there: its own mode, or that of a directory above. */
function closedAt(root: string, path: string): string | undefined {
  for (let at = path; ; at = parentOf(at)) {
    const stats = lstatSync(join(root, at), { throwIfNoEntry: false });
    const found = stats && modeFault(stats)?.found;
    if (found !== undefined)
      return at === path ? `mode ${found}` : `in a directory of mode ${found}`;
    if (at === "") return undefined;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

async function sha256Of(place: string, stats: BigIntStats, { cache, signal }: SurveyOptions) {
  const known = cache.find(stats, ["sha256"]);
  const found = known ?? (await digestFile(place, ["sha256"], { signal }));
  if (!known) cache.keep(stats, found);
  return found.get("sha256");
}
