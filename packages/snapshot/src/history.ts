import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { syncDirectory } from "./directory.js";
import { errnoOf, writing } from "./errno.js";
import { foreignEntry } from "./foreign-entry.js";
import { type HistoryEntry, historyLine, parseHistoryLine } from "./history-entry.js";
import { readLines } from "./lines.js";

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Appends an entry to a history and waits until it is on disk. Mode 0600. Whatever lies at the end
 * of the file, the entry has a line to itself; one that was not written whole is taken back.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`; `TypeError` as {@link historyLine}
 */
export function appendHistory(path: string, entry: HistoryEntry): void {
  const line = historyLine(entry);
  writing(path, () => {
    const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) throw foreignEntry(path, "a regular file");
      const last = Buffer.alloc(1);
      const torn =
        stats.size > 0 && readSync(fd, last, 0, 1, stats.size - 1) === 1 && last[0] !== 10;
      const bytes = Buffer.from(`${torn ? "\n" : ""}${line}\n`);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, stats.size);
        throw error;
      }
      if (stats.size === 0) syncDirectory(dirname(path));
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Yields the entries of a history, oldest first, while it is read; none when there is no history.
 * Lines that are cut or garbage are passed over.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_READ`
 */
export function* readHistory(path: string): Generator<HistoryEntry, void, undefined> {
  for (const { text } of historyLines(path)) {
    const entry = parseHistoryLine(text);
    if (entry !== undefined) yield entry;
  }
}

function* historyLines(path: string): Generator<{ readonly text: string }, void, undefined> {
  try {
    yield* readLines(path, { passOverLong: true });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (!["ENOENT", "ENOTDIR", "ELOOP", "EISDIR"].includes(errnoOf(cause) ?? "")) throw error;
  }
}
