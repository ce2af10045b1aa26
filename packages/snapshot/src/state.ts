import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errnoOf, reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";
import { replaceFile } from "./replace-file.js";

const FORMAT = 1;
const MAX_BYTES = 1 << 26;

/**
 * The value in a state file; undefined when there is none or what is there cannot be used, which a
 * caller treats alike: it starts afresh.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_NEWER_FORMAT`, `ERR_SNAPSHOT_READ`
 */
export function readStateFile(path: string): unknown {
  const text = readText(path);
  if (text === undefined) return undefined;
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof state !== "object" || state === null || !("format" in state)) return undefined;
  if (typeof state.format === "number" && state.format > FORMAT)
    throw new SnapshotError(
      "ERR_SNAPSHOT_NEWER_FORMAT",
      `${printable(path)}: newer format, expected ${FORMAT}, got ${state.format}`,
      { path, expected: String(FORMAT), found: String(state.format) },
    );
  return state.format === FORMAT && "value" in state ? state.value : undefined;
}

/**
 * Replaces a state file in one step that lasts: written under another name, fsync, rename, fsync of
 * the directory. Mode 0600.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`; `TypeError` for a value that JSON has not
 */
export function writeStateFile(path: string, value: unknown): void {
  if (JSON.stringify(value) === undefined) throw new TypeError(`${path}: no JSON value`);
  const bytes = Buffer.from(`${JSON.stringify({ format: FORMAT, value })}\n`);
  if (bytes.length > MAX_BYTES) throw new TypeError(`${path}: more than 64 MiB of state`);
  replaceFile(path, bytes, 0o600);
}

function readText(path: string): string | undefined {
  return reading(path, () => {
    let fd: number;
    try {
      // O_NONBLOCK: a pipe in the place of the file must not keep us waiting for a writer.
      fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) return undefined;
      throw error;
    }
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile() || stats.size > MAX_BYTES) return undefined;
      const bytes = Buffer.alloc(stats.size);
      let length = 0;
      while (length < bytes.length) {
        const count = readSync(fd, bytes, length, bytes.length - length, length);
        if (count === 0) break;
        length += count;
      }
      return bytes.toString("utf8", 0, length);
    } finally {
      closeSync(fd);
    }
  });
}
