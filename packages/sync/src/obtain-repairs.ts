import { chmodSync, linkSync, lstatSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { FetchError } from "@mirror/fetch";
import { fetchContents, type JoinedContent } from "./contents.js";
import { copyOpened } from "./copy-opened.js";
import { digestFile } from "./digest-file.js";
import { SyncError } from "./error.js";
import { modeFault } from "./mode-fault.js";
import type { ContentRepair } from "./plan-repair.js";
import type { RepairSource } from "./repair-report.js";
import type { Fetching } from "./run.js";
import type { Admit } from "./store-space.js";
import type { ContentName } from "./survey-contents.js";

/** A content in a file of ours that was hashed, or why it is not to be had. */
export type ObtainedRepair =
  | { readonly file: string; readonly from: RepairSource }
  | { readonly error: Error };

/** Whom to ask for what is not on this machine. */
export interface RepairUpstream extends Fetching {
  /** Lets so much be downloaded. @throws SyncError ERR_SYNC_NO_SPACE */
  readonly admit: Admit;
}

/**
 * Gets contents into `directory`, one file each, named by its SHA256: by a second name of an intact
 * file, or a copy of it, else from upstream. Each is hashed once it is there.
 */
export async function obtainRepairs(
  repairs: readonly ContentRepair<ContentName>[],
  upstream: RepairUpstream,
  directory: string,
): Promise<ReadonlyMap<string, ObtainedRepair>> {
  const obtained = new Map<string, ObtainedRepair>();
  const missing: ContentRepair<ContentName>[] = [];
  for (const repair of repairs) {
    // Not the name of a download: what an earlier run fetched may be all that there is.
    const copy = join(directory, `${repair.sha256}.copy`);
    const held = await holdIntact(repair, copy, upstream.signal);
    if (held) obtained.set(repair.sha256, held);
    else missing.push(repair);
  }
  for (const [key, one] of await fetchMissing(missing, upstream, directory)) obtained.set(key, one);
  return obtained;
}

/** The first of the intact files that still is so when it has its second name. */
async function holdIntact(
  { intact, sha256, size, mtime }: ContentRepair<ContentName>,
  held: string,
  signal: AbortSignal | undefined,
): Promise<ObtainedRepair | undefined> {
  for (const { id, tree, file } of intact) {
    signal?.throwIfAborted();
    const source = join(tree.path, file.path);
    try {
      rmSync(held, { recursive: true, force: true });
      // One copy, so that trees share it again.
      const isClosed = modeFault(lstatSync(source)) !== undefined;
      if (isClosed || !isLinked(source, held)) {
        await copyOpened(source, size, held);
        dress(held, mtime);
      }
      const found = await digestFile(held, ["sha256"], { signal });
      if (found.get("sha256") !== sha256) continue;
      const from: RepairSource = { kind: "tree", id, tree: tree.generation, path: file.path };
      return { file: held, from };
    } catch {
      // Gone or unreadable since it was looked at: the next one, else upstream.
      signal?.throwIfAborted();
    }
  }
  rmSync(held, { recursive: true, force: true });
  return undefined;
}

function isLinked(source: string, held: string): boolean {
  try {
    linkSync(source, held);
    return true;
  } catch {
    return false;
  }
}

/** What only we know may become what a tree records: it needs no copy then. */
function dress(file: string, mtime: number): void {
  const { mode, nlink } = lstatSync(file);
  // Of a sync that died before it removed this name, the other one is in a tree.
  if (nlink > 1) return;
  chmodSync(file, (mode & 0o7777) | 0o644);
  utimesSync(file, mtime / 1000, mtime / 1000);
}

async function fetchMissing(
  repairs: readonly ContentRepair<ContentName>[],
  upstream: RepairUpstream,
  directory: string,
): Promise<Map<string, ObtainedRepair>> {
  const obtained = new Map<string, ObtainedRepair>();
  const contents = new Map<string, JoinedContent>();
  let bytes = 0;
  for (const { path, sha256, size, mtime, upstream: paths } of repairs) {
    if (paths.length === 0 || upstream.urls.length === 0) {
      obtained.set(sha256, { error: lost(path, sha256) });
      continue;
    }
    bytes += size;
    const fallbackTime = new Date(mtime);
    // In one place: what has other content under one name is asked for the next one.
    const places = [paths];
    contents.set(sha256, { path, size, digests: { sha256 }, fallbackTime, places });
  }
  if (contents.size === 0) return obtained;
  try {
    await upstream.admit({ bytes, inodes: contents.size });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    for (const [key] of contents) obtained.set(key, { error });
    return obtained;
  }
  const fetched = await fetchContents(upstream, "repair", contents, directory);
  for (const { path, sha256, mtime, upstream: paths } of repairs) {
    const result = fetched.get(sha256);
    if (result?.status === "held") {
      dress(result.file.source, mtime);
      obtained.set(sha256, { file: result.file.source, from: { kind: "upstream", paths } });
    } else if (result) {
      const error = result.status === "failed" ? result.error : result.refusal;
      const isGone = error === undefined || hasOther(error);
      obtained.set(sha256, { error: isGone ? lost(path, sha256, error) : error });
    }
  }
  return obtained;
}

/** Whether every URL answered with another content. */
function hasOther(error: Error): boolean {
  const codes = ["ERR_FETCH_SIZE_MISMATCH", "ERR_FETCH_DIGEST_MISMATCH"];
  return (
    error instanceof FetchError &&
    [error, ...error.others].every(({ code }) => codes.includes(code))
  );
}

/** The error for a content that nobody has. */
export function lost(path: string, sha256: string, cause?: Error): SyncError {
  const message = `${path}: neither this machine nor upstream has it any more (SHA256 ${sha256})`;
  const facts = { path, expected: sha256, ...(cause === undefined ? {} : { cause }) };
  return new SyncError("ERR_SYNC_CONTENT_LOST", message, facts);
}
