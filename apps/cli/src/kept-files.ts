import type { MirrorConfig } from "@mirror/config";
import type { Collection } from "@mirror/snapshot";
import { productionOf } from "./environments.js";

const RELEASE_FILE = /(?:^|\/)(?:InRelease|Release|Release\.gpg)$/;

/**
 * Which files are kept, compressed, when a snapshot is deleted: of one that production has shown its
 * Release files, so that history and diff still answer.
 */
export function keptFiles(
  mirror: MirrorConfig,
  collection: Collection,
): (file: { readonly path: string }, name: string) => boolean {
  const production = productionOf(mirror);
  let shown: Set<string> | undefined;
  return ({ path }, name) => {
    if (!RELEASE_FILE.test(path)) return false;
    shown ??= new Set(shownBy(collection, production));
    return shown.has(name);
  };
}

function* shownBy(collection: Collection, environment: string): Generator<string> {
  for (const { pointer, to } of collection.history())
    if (pointer === environment && to !== undefined) yield to;
}
