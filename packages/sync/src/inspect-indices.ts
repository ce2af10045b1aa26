import type { Digests, Release, ReleaseFile } from "@mirror/deb822";
import type { ManifestFile } from "@mirror/snapshot";
import { indicesOf, type SuiteFacts } from "./facts.js";
import type { Inspection } from "./inspection.js";
import { inLanes } from "./lanes.js";
import { listedDigests } from "./listed-digests.js";
import { byHashPaths, listedPath } from "./plan-indices.js";
import type { IndexForm, TreeIndex } from "./tree-indices.js";

/** Files that are hashed at the same time: as many as Node reads at the same time. */
const LANES = 4;

/** An index with the forms of it that fit the Release, and the bytes that it may unpack to. */
export interface SoundIndex {
  readonly index: TreeIndex;
  readonly forms: readonly IndexForm[];
  /** Undefined where the Release does not list the uncompressed form. */
  readonly unpacked: number | undefined;
}

/**
 * Hashes every file of a Release that the tree holds against what the Release lists, by-hash copies
 * too, and returns the indices of packages that may be read.
 */
export async function inspectIndices(
  inspection: Inspection,
  suite: SuiteFacts,
  release: Release,
  indices: readonly TreeIndex[],
): Promise<SoundIndex[]> {
  const { directory } = suite;
  const sound = new Set<string>();
  const sizes = new Map<string, number>();
  await inLanes(release.files.values(), LANES, async (listed) => {
    const path = directory + listedPath(listed.path);
    sizes.set(path, listed.size);
    const file = inspection.files.get(path);
    if (!file) return;
    inspection.options.signal?.throwIfAborted();
    if (await fits(inspection, suite.suite, file, listed)) sound.add(path);
    for (const copy of byHashPaths(path, listed)) {
      const recorded = inspection.files.get(copy);
      // Of the copies SHA256 is enough: they have the content of what was checked by all.
      const same = { ...listed, sha256: listed.sha256 ?? file.sha256 };
      if (recorded) await fits(inspection, suite.suite, recorded, same, {});
    }
  });
  reportMissing(inspection, suite, indices);
  return indices.flatMap((index) => {
    for (const { file } of index.forms) {
      if (!sizes.has(file.path) && !inspection.isBroken(file.path)) {
        const what = `the Release of ${suite.suite} does not list it`;
        inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", file.path, what);
      }
    }
    const forms = index.forms.filter(({ file }) => sound.has(file.path));
    return forms.length === 0 ? [] : [{ index, forms, unpacked: sizes.get(index.name) }];
  });
}

async function fits(
  inspection: Inspection,
  suite: string,
  file: ManifestFile,
  listed: ReleaseFile,
  digests: Digests = listedDigests(listed),
): Promise<boolean> {
  if (inspection.isBroken(file.path)) return false;
  const expected = listed.sha256 ?? file.sha256;
  if (file.size === listed.size && file.sha256 === expected) {
    return inspection.hasContent(file, digests);
  }
  const found = `${file.size} bytes with SHA256 ${file.sha256}`;
  const wanted = `${listed.size} bytes with SHA256 ${expected}`;
  const what = `the Release of ${suite} lists ${wanted}, the manifest has ${found}`;
  inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", file.path, what, { expected: wanted, found });
  return false;
}

/** An index that the tree was made with and of which it has no form. */
function reportMissing(
  inspection: Inspection,
  suite: SuiteFacts,
  indices: readonly TreeIndex[],
): void {
  const held = new Set(indices.map(({ name }) => name));
  for (const { name } of indicesOf(suite) ?? []) {
    if (held.has(name)) continue;
    inspection.problem("ERR_SYNC_MISSING_INDEX", name, "the manifest has it in no form");
  }
}
