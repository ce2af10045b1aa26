import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createTurns } from "./turns.js";

const CHUNK = 1 << 20;

/** As many as Node reads at the same time: more would cost descriptors and memory alone. */
const turns = createTurns(4);

/** How {@link digestFile} reads. */
export interface DigestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/**
 * The digests of a regular file in lower-case hex, by algorithm, in one reading. No symlink is
 * followed in its last segment, and nothing waits for the writer of a pipe. Few files of a process are
 * read at the same time.
 *
 * @param algorithms - `md5`, `sha1`, `sha256`, `sha512`
 * @throws what opening and reading throw; `TypeError` for what is no regular file
 */
export async function digestFile(
  path: string,
  algorithms: Iterable<string>,
  options: DigestOptions = {},
): Promise<Map<string, string>> {
  return turns.take(() => digestOpened(path, algorithms, options));
}

async function digestOpened(
  path: string,
  algorithms: Iterable<string>,
  { signal, onBytes }: DigestOptions,
): Promise<Map<string, string>> {
  signal?.throwIfAborted();
  const hashes = new Map([...algorithms].map((name) => [name, createHash(name)]));
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new TypeError(`${path}: no regular file`);
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, stat.size + 1));
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      for (const hash of hashes.values()) hash.update(chunk);
      onBytes?.(bytesRead);
    }
  } finally {
    await handle.close();
  }
  return new Map([...hashes].map(([name, hash]) => [name, hash.digest("hex")]));
}
