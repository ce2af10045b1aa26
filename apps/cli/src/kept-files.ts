import type { MirrorConfig } from "@mirror/config";
import type { Collection } from "@mirror/snapshot";
import { productionOf } from "./environments.js";
import { hasShown } from "./has-shown.js";

const RELEASE_FILE = /(?:^|\/)(?:InRelease|Release|Release\.gpg)$/;

/**
 * Which files are kept, compressed and with the manifest, when a snapshot is deleted: the Release
 * files of one that production has shown, so that history and diff still answer.
 */
export function keptFiles(
  mirror: MirrorConfig,
  collection: Collection,
): (file: { readonly path: string }, name: string) => boolean {
  const production = productionOf(mirror);
  const shown = new Map<string, boolean>();
  return ({ path }, name) => {
    if (!RELEASE_FILE.test(path)) return false;
    const known = shown.get(name);
    if (known !== undefined) return known;
    const snapshot = collection.snapshot(name);
    const was = snapshot !== undefined && hasShown(collection, production, snapshot);
    shown.set(name, was);
    return was;
  };
}
