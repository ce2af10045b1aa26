import { join } from "node:path";
import type { Release } from "@mirror/deb822";
import type { SuiteFacts } from "./facts.js";
import { readImages } from "./images.js";
import { isImageList } from "./index-kinds.js";
import type { Inspection } from "./inspection.js";
import { listedPath } from "./plan-indices.js";

/**
 * Looks whether the manifest has every image that the installer's lists of a suite name, with the
 * digest that they give. Their content is hashed with that of all files.
 */
export async function inspectImages(
  inspection: Inspection,
  { suite, directory }: SuiteFacts,
  release: Release,
): Promise<void> {
  const { tree, files, options } = inspection;
  for (const listed of release.files.values()) {
    const path = directory + listedPath(listed.path);
    if (!isImageList(listedPath(listed.path)) || !files.has(path)) continue;
    if (inspection.isBroken(path)) continue;
    const form = { suite, path, file: join(tree.path, path), compression: "", limit: listed.size };
    const plan = await readImages(options, suite, form);
    if ("leftOut" in plan) {
      inspection.problem("ERR_SYNC_BAD_INDEX", path, plan.leftOut);
      continue;
    }
    for (const image of plan.images) {
      const recorded = files.get(image.path);
      if (!recorded) {
        const what = `${path} lists it, the manifest does not`;
        if (!inspection.facts.ignoredMissing.includes(image.path))
          inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", image.path, what);
      } else if (recorded.sha256 !== image.sha256) {
        const facts = { expected: image.sha256, found: recorded.sha256 };
        const what = `${path} lists SHA256 ${image.sha256}, the manifest has ${recorded.sha256}`;
        inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", image.path, what, facts);
      }
    }
  }
}
