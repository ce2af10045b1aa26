import type { SealedTree } from "@mirror/snapshot";
import { factsOf } from "./facts.js";
import { readTreeIndices, type TreeIndex } from "./tree-indices.js";
import { readTreePackages } from "./tree-packages.js";
import type { IndexReader } from "./unpack-index.js";
import type { GroupCount } from "./verification.js";

/** How many packages of one index a tree holds. */
export interface HeldGroup extends GroupCount {
  /** Files that the index lists and filters left out, one for each binary package; 0 if not given. */
  readonly leftOut?: number;
}

/** How many packages a tree holds, and what it was configured to hold. */
export interface TreeCounts {
  readonly groups: readonly HeldGroup[];
  readonly suites: readonly { readonly suite: string; readonly validUntil?: Date }[];
  /** As configured, with or without their prefix. */
  readonly components: readonly string[];
  /** Without `all`; none takes every stanza of a flat suite. */
  readonly architectures: readonly string[];
  readonly sources: boolean;
  /** A digest of its filters; absent where it has none. */
  readonly filters?: string;
}

/**
 * Counts the packages of a sealed tree by its manifest. An index is read only where the manifest
 * does not say how many it lists.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX for a damaged index; SnapshotError for a manifest that cannot
 * be read
 */
export async function countPackages(tree: SealedTree, reader: IndexReader): Promise<TreeCounts> {
  const facts = factsOf(tree);
  const { suites = [], components = [], architectures = [], sources = false } = facts ?? {};
  const groups: HeldGroup[] = [];
  for (const index of readTreeIndices(tree)) {
    const { suite, component, architecture } = index;
    const packages = index.stanzas ?? (await countStanzas(tree, index, architectures, reader));
    const { leftOut: notHeld = index.rewritten?.leftOut } = index;
    const leftOut = notHeld ? { leftOut: notHeld.files } : {};
    groups.push({ suite, component, architecture, packages, ...leftOut });
  }
  return {
    groups,
    suites: suites.map(({ suite, validUntil }) => ({
      suite,
      ...(validUntil === undefined ? {} : { validUntil: new Date(validUntil) }),
    })),
    components,
    architectures,
    sources,
    ...(facts?.filters ? { filters: facts.filters.settings } : {}),
  };
}

async function countStanzas(
  tree: SealedTree,
  index: TreeIndex,
  architectures: readonly string[],
  reader: IndexReader,
): Promise<number> {
  let count = 0;
  for await (const _ of readTreePackages(tree, index, architectures, reader)) count += 1;
  return count;
}
