import { createHash } from "node:crypto";
import type { ReleaseFile } from "@mirror/deb822";
import { SyncError } from "./error.js";
import { isOfProcess } from "./is-of-process.js";
import type { Unpacker } from "./ports/unpack.js";

/** What reading an index takes. */
export interface IndexReader {
  readonly unpacker: Unpacker;
  readonly signal?: AbortSignal | undefined;
}

/** One form of an index on disk. */
export interface PackedIndex {
  readonly suite: string;
  /** Its path in the tree, for messages. */
  readonly path: string;
  /** Where its bytes can be read. */
  readonly file: string;
  /** `gz`, `xz`, ..., or empty for the uncompressed form. */
  readonly compression: string;
  /** Most bytes that it may unpack to. */
  readonly limit: number;
  /** What it must unpack to, where that is to be seen. */
  readonly unpacked?: Pick<ReleaseFile, "size" | "sha256" | "sha512">;
}

/**
 * What a text may unpack to where the Release does not list its uncompressed form, in bytes. The
 * largest Packages of Debian and Ubuntu have 80 MB, and there all forms are listed.
 */
export const UNLISTED_LIMIT = 1 << 28;

/** Reading order: what unpacks fastest first. */
const READABLE = ["", "gz", "zst", "xz", "bz2"];

/**
 * The unpacked content of an index. Whoever reads it to its end knows that it is as listed.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX, naming the index, when it does not unpack, to too much, or at
 * its end to something else than is listed; the system's error where this process may not open or
 * start more
 */
export async function* unpackIndex(
  { unpacker, signal }: IndexReader,
  { suite, path, file, compression, limit, unpacked }: PackedIndex,
): AsyncGenerator<Uint8Array> {
  const hash = unpacked && createHash(unpacked.sha256 ? "sha256" : "sha512");
  let size = 0;
  try {
    for await (const chunk of unpacker.open(file, compression, limit, signal)) {
      signal?.throwIfAborted();
      hash?.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (isOfProcess(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("ERR_SYNC_BAD_INDEX", `${path}: ${reason}`, { suite, path, cause });
  }
  if (!unpacked || !hash) return;
  const found = hash.digest("hex");
  const expected = unpacked.sha256 ?? unpacked.sha512;
  if (found === expected && size === unpacked.size) return;
  throw new SyncError(
    "ERR_SYNC_BAD_INDEX",
    `${path}: unpacks to ${size} bytes with digest ${found}, ` +
      `expected ${unpacked.size} bytes with ${expected}`,
    { suite, path, expected: expected ?? "", found },
  );
}

/** The form of an index that is read here with the least work; undefined where none can be. */
export function readableForm<T extends { readonly compression: string }>(
  forms: readonly T[],
  unpacker: Unpacker,
): T | undefined {
  for (const compression of READABLE) {
    const found = forms.find((form) => form.compression === compression);
    if (found && unpacker.reads(compression)) return found;
  }
  return undefined;
}

/** The error for an index of which no form can be read. */
export function unreadableIndex(
  name: string,
  forms: readonly { readonly compression: string }[],
): SyncError {
  const found = forms.map(({ compression }) => compression).join(", ");
  return new SyncError(
    "ERR_SYNC_BAD_INDEX",
    `${name}: none of its compressions can be read here: ${found}`,
    { path: name, found },
  );
}
