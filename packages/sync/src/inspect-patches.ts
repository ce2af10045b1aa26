import { join } from "node:path";
import type { Release } from "@mirror/deb822";
import type { SuiteFacts } from "./facts.js";
import type { Inspection } from "./inspection.js";
import { inLanes } from "./lanes.js";
import { listedDigests } from "./listed-digests.js";
import { readPatches } from "./pdiffs.js";
import { type IndexVariant, listedPath } from "./plan-indices.js";

/** Files that are hashed at the same time: as many as Node reads at the same time. */
const LANES = 4;

/**
 * Hashes every patch that the pdiff indices of a suite list, where the tree holds such an index as
 * its Release lists it: all of them are there.
 */
export async function inspectPatches(
  inspection: Inspection,
  { suite, directory }: SuiteFacts,
  release: Release,
): Promise<void> {
  for (const listed of release.files.values()) {
    const path = directory + listedPath(listed.path);
    if (!path.endsWith(".diff/Index") || !inspection.files.has(path)) continue;
    if (inspection.isBroken(path)) continue;
    const { tree, options } = inspection;
    const form = { suite, path, file: join(tree.path, path), compression: "", limit: listed.size };
    const plan = await readPatches(options, suite, form);
    if ("leftOut" in plan) inspection.problem("ERR_SYNC_BAD_INDEX", path, plan.leftOut);
    else {
      const variants = plan.patches.flatMap((patch) => patch.variants);
      await inLanes(variants, LANES, (variant) => inspectPatch(inspection, path, variant));
    }
  }
}

async function inspectPatch(
  inspection: Inspection,
  index: string,
  { path, file }: IndexVariant,
): Promise<void> {
  inspection.options.signal?.throwIfAborted();
  const recorded = inspection.files.get(path);
  if (!recorded) {
    const what = `${index} lists it, the manifest does not`;
    inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", path, what);
    return;
  }
  if (inspection.isBroken(path)) return;
  const expected = file.sha256 ?? recorded.sha256;
  if (recorded.size !== file.size || recorded.sha256 !== expected) {
    const found = `${recorded.size} bytes with SHA256 ${recorded.sha256}`;
    const wanted = `${file.size} bytes with SHA256 ${expected}`;
    const what = `${index} lists ${wanted}, the manifest has ${found}`;
    inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", path, what, { expected: wanted, found });
    return;
  }
  await inspection.hasContent(recorded, listedDigests(file));
}
