import type { SealedTree } from "@mirror/snapshot";
import { diffPackages, type PackageDiff } from "./diff.js";
import { factsOf } from "./facts.js";
import type { IndexGroup } from "./index-group.js";
import { isFlat } from "./suite-path.js";
import { readTreeIndices, type TreeIndex } from "./tree-indices.js";
import { chosenForm, readTreePackages, type TreePackage } from "./tree-packages.js";
import type { IndexReader } from "./unpack-index.js";

/** What differs between two trees: by suite, component and architecture, in this order. */
export interface TreeDiff {
  readonly groups: readonly GroupDiff[];
}

/** One index in two trees. The lists are empty unless both trees have it, with other packages. */
export interface GroupDiff extends IndexGroup, PackageDiff {
  /** `before` and `after`: only that tree has this index. */
  readonly trees: "both" | "before" | "after";
  /** Packages of the tree before, where known: an index that is the same in both is not read. */
  readonly packagesBefore?: number;
  readonly packagesAfter?: number;
}

const NOTHING: PackageDiff = { added: [], removed: [], upgraded: [], downgraded: [] };

/**
 * Compares the packages of two sealed trees, each by its own manifest. An index that is the same
 * file in both is not read.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX for a damaged index; SnapshotError for a manifest that cannot
 * be read
 *
 * @example
 * ```ts
 * const { groups } = await diffTrees(production, staging, { unpacker: createUnpacker() });
 * for (const { suite, upgraded } of groups) console.log(suite, upgraded.length);
 * ```
 */
export async function diffTrees(
  before: SealedTree,
  after: SealedTree,
  reader: IndexReader,
): Promise<TreeDiff> {
  const old = new Map(readTreeIndices(before).map((index) => [groupKey(index), index]));
  const fresh = new Map(readTreeIndices(after).map((index) => [groupKey(index), index]));
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const groups: GroupDiff[] = [];
  for (const key of keys) {
    const [one, other] = [old.get(key), fresh.get(key)];
    if (one && other) groups.push(await diffGroup([before, one], [after, other], reader));
    else if (one) groups.push(onlyIn("before", one));
    else if (other) groups.push(onlyIn("after", other));
  }
  return { groups };
}

type IndexOfTree = readonly [tree: SealedTree, index: TreeIndex];

async function diffGroup(
  before: IndexOfTree,
  after: IndexOfTree,
  reader: IndexReader,
): Promise<GroupDiff> {
  const group = { ...groupOf(after[1]), trees: "both" as const };
  if (isSame(before, after, reader)) {
    const counts = { packagesBefore: before[1].stanzas, packagesAfter: after[1].stanzas };
    return { ...group, ...known(counts), ...NOTHING };
  }
  const [old, fresh] = await Promise.all([packagesOf(before, reader), packagesOf(after, reader)]);
  const byArchitecture = isFlat(group.suite);
  return {
    ...group,
    packagesBefore: old.length,
    packagesAfter: fresh.length,
    ...diffPackages(old, fresh, { byArchitecture }),
  };
}

/** Whether what would be read of both is the same file, and of it the same stanzas. */
function isSame(
  [tree, index]: IndexOfTree,
  [other, otherIndex]: IndexOfTree,
  reader: IndexReader,
): boolean {
  const { compression, file } = chosenForm(otherIndex, reader);
  const form = index.forms.find((candidate) => candidate.compression === compression);
  if (form?.file.sha256 !== file.sha256) return false;
  if (index.leftOut?.sha256 !== otherIndex.leftOut?.sha256) return false;
  if (!isFlat(index.suite)) return true;
  return String(architecturesOf(tree).toSorted()) === String(architecturesOf(other).toSorted());
}

async function packagesOf([tree, index]: IndexOfTree, reader: IndexReader): Promise<TreePackage[]> {
  const packages: TreePackage[] = [];
  const architectures = architecturesOf(tree);
  for await (const one of readTreePackages(tree, index, architectures, reader)) packages.push(one);
  return packages;
}

function architecturesOf(tree: SealedTree): readonly string[] {
  return factsOf(tree)?.architectures ?? [];
}

function onlyIn(trees: "before" | "after", index: TreeIndex): GroupDiff {
  const count =
    trees === "before" ? { packagesBefore: index.stanzas } : { packagesAfter: index.stanzas };
  return { ...groupOf(index), trees, ...known(count), ...NOTHING };
}

function known(counts: Record<string, number | undefined>): Record<string, number> {
  const there = Object.entries(counts).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return Object.fromEntries(there);
}

function groupOf({ suite, component, architecture }: TreeIndex): IndexGroup {
  return { suite, component, architecture };
}

function groupKey({ suite, component, architecture }: IndexGroup): string {
  return [suite, component, architecture].join("\0");
}
