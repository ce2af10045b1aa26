import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Source } from "./document.js";
import type { ConfigProblem, ConfigProblemCode } from "./error.js";
import { printable } from "./printable.js";

const MAX_BYTES = 4 * 1024 * 1024;

/** The text of one file, and who may write it. */
export interface FileSource extends Source {
  /** Permission bits of what was opened, behind every symbolic link. */
  readonly mode: number;
}

/** A file that could not be used, and what the system said. */
export interface Unread {
  readonly problem: ConfigProblem;
  readonly cause?: unknown;
}

/** The text of one file, which may be a pipe; at most 4 MiB. */
export function readSource(path: string): FileSource | Unread {
  let bytes: Uint8Array;
  let mode: number;
  try {
    ({ bytes, mode } = readBytes(path));
  } catch (error) {
    return unreadable(path, error);
  }
  if (bytes.length > MAX_BYTES) {
    return unread(path, "ERR_CONFIG_FILE_TOO_LARGE", "the file is larger than 4 MiB");
  }
  try {
    return { path, mode, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (cause) {
    return unread(path, "ERR_CONFIG_NOT_UTF8", "the file is not UTF-8", undefined, cause);
  }
}

/** The problem that a system error on a file or directory is. */
export function unreadable(path: string, error: unknown): Unread {
  const errno = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  if (errno === "ENOENT") {
    return unread(path, "ERR_CONFIG_FILE_MISSING", "no such file", undefined, error);
  }
  if (errno === "EISDIR") {
    const fact = "a directory, expected a file";
    return unread(path, "ERR_CONFIG_FILE_IS_DIRECTORY", fact, undefined, error);
  }
  return unread(path, "ERR_CONFIG_FILE_UNREADABLE", `cannot be read: ${errno}`, errno, error);
}

function unread(
  path: string,
  code: ConfigProblemCode,
  message: string,
  found?: string,
  cause?: unknown,
): Unread {
  const file = printable(path);
  const problem = { code, path: "", file, message, ...(found === undefined ? {} : { found }) };
  return cause === undefined ? { problem } : { problem, cause };
}

/** One byte more than is allowed shows that there is more; a size is not asked, pipes have none. */
function readBytes(path: string): { bytes: Uint8Array; mode: number } {
  const file = openSync(path, "r");
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) {
      throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR" });
    }
    const chunks: Uint8Array[] = [];
    let total = 0;
    while (total <= MAX_BYTES) {
      const chunk = new Uint8Array(64 * 1024);
      const read = readSync(file, chunk, 0, chunk.length, null);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      total += read;
    }
    return { bytes: Buffer.concat(chunks), mode: stat.mode & 0o7777 };
  } finally {
    closeSync(file);
  }
}
