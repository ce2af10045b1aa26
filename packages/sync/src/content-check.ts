import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Digests } from "@mirror/deb822";
import type { ManifestFile } from "@mirror/snapshot";
import { createDigestCache, type DigestCache } from "./digest-cache.js";
import type { DigestOptions } from "./digest-file.js";
import { isOfProcess } from "./is-of-process.js";
import { listedDigests } from "./listed-digests.js";
import { type Digester, PLAIN_DIGESTER } from "./ports/digester.js";
import type { TreeFaultCode } from "./verification.js";

/** What is wrong with a file's content. */
export interface ContentFault {
  readonly code: TreeFaultCode;
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
}

/** How {@link contentCheck} reads. */
export interface ContentCheckOptions extends DigestOptions {
  /** Of other trees too: what they share is not read again. */
  readonly cache?: DigestCache | undefined;
  readonly digester?: Digester | undefined;
}

/**
 * Hashes the files of the tree at `root`: each against the SHA256 of its manifest and all digests
 * given. A second name of a file, such as its by-hash copy, is not read again. The check throws the
 * system's error where this process may not open more.
 */
export function contentCheck(
  root: string,
  { cache = createDigestCache(), digester = PLAIN_DIGESTER, ...options }: ContentCheckOptions,
): (file: ManifestFile, digests: Digests) => Promise<ContentFault | undefined> {
  return async ({ path, size, sha256 }, digests) => {
    const place = join(root, path);
    const { sha256: _same, ...more } = listedDigests(digests);
    const wanted = { sha256, ...more };
    try {
      const stats = lstatSync(place, { bigint: true });
      const names = Object.keys(wanted);
      let found = cache.find(stats, names);
      if (found) options.onBytes?.(size);
      else {
        found = await digester.digest(place, size, names, options);
        // Under another name nobody comes to it again; what was renamed into its place has other bytes.
        const isSame = lstatSync(place, { bigint: true }).ino === stats.ino;
        if (stats.nlink > 1n && isSame) cache.keep(stats, found);
      }
      for (const [name, expected] of Object.entries(wanted)) {
        const digest = found.get(name);
        if (digest !== expected) return mismatch(name, String(expected), String(digest));
      }
      return undefined;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isOfProcess(error)) throw error;
      return { code: "ERR_SYNC_TREE_UNREADABLE", what: reasonOf(error) };
    }
  };
}

/** Why something failed, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function mismatch(name: string, expected: string, found: string): ContentFault {
  const what = `${name.toUpperCase()} mismatch, expected ${expected}, got ${found}`;
  return { code: "ERR_SYNC_TREE_WRONG_CONTENT", what, expected, found };
}
