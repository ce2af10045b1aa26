import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Digests } from "@mirror/deb822";
import type { ManifestFile } from "@mirror/snapshot";
import { type DigestOptions, digestFile } from "./digest-file.js";
import { listedDigests } from "./listed-digests.js";
import type { TreeFaultCode } from "./verification.js";

/** What is wrong with a file's content. */
export interface ContentFault {
  readonly code: TreeFaultCode;
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
}

/**
 * Hashes the files of the tree at `root`: each against the SHA256 of its manifest and all digests
 * given. A second path of a file that fits, such as its by-hash copy, is not read again.
 */
export function contentCheck(
  root: string,
  options: DigestOptions,
): (file: ManifestFile, digests: Digests) => Promise<ContentFault | undefined> {
  const fitting = new Map<string, string>();
  return async ({ path, size, sha256 }, digests) => {
    const place = join(root, path);
    const { sha256: _same, ...more } = listedDigests(digests);
    const wanted = { sha256, ...more };
    try {
      const { dev, ino } = lstatSync(place, { bigint: true });
      const inode = `${dev}:${ino}`;
      if (Object.keys(wanted).length === 1 && fitting.get(inode) === sha256) {
        options.onBytes?.(size);
        return undefined;
      }
      const digestsFound = await digestFile(place, Object.keys(wanted), options);
      for (const [name, expected] of Object.entries(wanted)) {
        const found = digestsFound.get(name);
        if (found !== expected) return mismatch(name, String(expected), String(found));
      }
      fitting.set(inode, sha256);
      return undefined;
    } catch (error) {
      options.signal?.throwIfAborted();
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
