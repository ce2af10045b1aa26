import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { isHomeName } from "@mirror/snapshot";
import { NameIndex } from "./name-index.js";

/** What a directory and those below it hold. */
export interface Scan {
  readonly names: NameIndex;
  /** Directories that could not be read: how many, and the first with the reason. */
  readonly unreadable: { readonly count: number; readonly first: string };
  /** False where there are more files than can be kept track of. */
  readonly complete: boolean;
}

/** How a directory is looked through. */
export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many files were found so far, at most once a second and at the end. */
  onFiles(files: number, finished: boolean): void;
}

/** Names that are read at a time. */
const BATCH = 4096;

/** Deeper ones are loops of mounts. */
const MOST_LEVELS = 64;

const TELL_EVERY = 1000;

/**
 * Looks once through a directory, however large: regular files by their names. Follows no symlink,
 * and leaves alone the hidden part of any store, where files are that are being made.
 */
export async function scanDirectory(root: string, options: ScanOptions): Promise<Scan> {
  const names = new NameIndex();
  const pending: { path: string; level: number }[] = [{ path: "", level: 0 }];
  let unreadable = { count: 0, first: "" };
  let complete = true;
  let told = performance.now();
  for (let next = pending.pop(); next && complete; next = pending.pop()) {
    const { path, level } = next;
    try {
      for await (const { files, directories } of batches(join(root, path))) {
        options.signal?.throwIfAborted();
        complete &&= names.add(path, files);
        if (level < MOST_LEVELS)
          for (const name of directories)
            pending.push({ path: path === "" ? name : `${path}/${name}`, level: level + 1 });
        if (performance.now() - told < TELL_EVERY) continue;
        told = performance.now();
        options.onFiles(names.size, false);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
      const first = unreadable.first || `${path} (${reason})`;
      unreadable = { count: unreadable.count + 1, first };
    }
  }
  options.onFiles(names.size, true);
  return { names: names.close(), unreadable, complete };
}

interface Batch {
  readonly files: string[];
  readonly directories: string[];
}

async function* batches(path: string): AsyncGenerator<Batch, void, undefined> {
  let batch: Batch = { files: [], directories: [] };
  for await (const entry of await opendir(path, { bufferSize: BATCH })) {
    if (entry.isFile()) batch.files.push(entry.name);
    else if (entry.isDirectory() && !isHomeName(entry.name)) batch.directories.push(entry.name);
    if (batch.files.length < BATCH) continue;
    yield batch;
    batch = { files: [], directories: [] };
  }
  yield batch;
}
