import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import {
  factsOf,
  indicesOf,
  type RewrittenFacts,
  type SuiteFacts,
  type TreeFacts,
} from "./facts.js";
import { type IndexGroup, namedIndex } from "./index-group.js";
import type { LeftOut } from "./listing-tally.js";
import { splitCompression } from "./plan-indices.js";
import { isFlat } from "./suite-path.js";

/** An index of packages that a sealed tree holds. */
export interface TreeIndex extends IndexGroup {
  readonly kind: "packages" | "sources";
  /** Its path in the tree, without compression ending. */
  readonly name: string;
  /** Stanzas that count, where the tree's facts say; older trees do not. */
  readonly stanzas?: number;
  /** The files that it lists and filters left out, where the tree's facts say so. */
  readonly leftOut?: LeftOut;
  readonly forms: readonly IndexForm[];
  /** Only where it lists less than upstream's. */
  readonly rewritten?: RewrittenFacts;
}

/** One form of an index in a sealed tree. */
export interface IndexForm {
  /** `gz`, `xz`, ..., or empty for the uncompressed form. */
  readonly compression: string;
  readonly file: ManifestFile;
}

/**
 * The indices of packages that a sealed tree holds, by its own manifest: no configuration and no
 * Release is read. None for a tree that this engine did not make.
 *
 * @throws SnapshotError when the manifest cannot be read
 */
export function readTreeIndices(tree: SealedTree): TreeIndex[] {
  const facts = factsOf(tree);
  return facts ? treeIndices(facts, tree.files()) : [];
}

/**
 * {@link readTreeIndices} of facts and files in the order of their paths: pure, and done as soon as
 * no index can follow, long before the pool of a large tree.
 */
export function treeIndices(facts: TreeFacts, files: Iterable<ManifestFile>): TreeIndex[] {
  const wanted = new Map<string, Omit<TreeIndex, "forms">>();
  const unknown: SuiteFacts[] = [];
  for (const suite of facts.suites) {
    const indices = indicesOf(suite);
    if (!indices) unknown.push(suite);
    for (const index of indices ?? []) wanted.set(index.name, { suite: suite.suite, ...index });
  }
  const last = lastPath([...wanted.keys(), ...unknown.map(({ directory }) => directory)]);
  const found = new Map<string, Omit<TreeIndex, "forms"> & { forms: IndexForm[] }>();
  for (const file of files) {
    if (file.path > last) break;
    const { name, compression } = splitCompression(file.path);
    const index = wanted.get(name) ?? placedIn(unknown, name);
    if (!index) continue;
    const known = found.get(name) ?? { ...index, forms: [] };
    known.forms.push({ compression, file });
    found.set(name, known);
  }
  return [...found.values()];
}

/** No path that begins with one of these comes after it. */
function lastPath(beginnings: readonly string[]): string {
  // A flat suite at the root begins nothing.
  const [last = ""] = beginnings.map((text) => `${text}\uffff`).sort((a, b) => (a < b ? 1 : -1));
  return last;
}

/** What the place of a file says of it, for trees of before their indices were noted. */
function placedIn(
  suites: readonly SuiteFacts[],
  name: string,
): Omit<TreeIndex, "forms"> | undefined {
  // `stable/updates` lies below `stable`.
  const [nearest] = suites
    .filter(({ directory }) => name.startsWith(directory))
    .sort((a, b) => b.directory.length - a.directory.length);
  const named = nearest && namedIndex(name.slice(nearest.directory.length));
  if (!named || isFlat(nearest.suite) !== (named.component === "")) return undefined;
  return { suite: nearest.suite, ...named, name };
}
