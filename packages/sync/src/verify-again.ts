import { type SealedTree, SnapshotError } from "@mirror/snapshot";
import { isHiddenDamage } from "./is-damage.js";
import type { TreeProblem, TreeVerification, VerifyTreeOptions } from "./verification.js";
import { verifyTree } from "./verify-tree.js";

/** Contents, by their SHA256, of the files that a verification found something wrong with. */
export function damagedContents(tree: SealedTree, { problems }: TreeVerification): Set<string> {
  const paths = new Set(problems.map(({ path }) => path));
  const contents = new Set<string>();
  if (paths.size === 0) return contents;
  try {
    for (const { path, sha256 } of tree.files()) if (paths.has(path)) contents.add(sha256);
  } catch (error) {
    // Its manifest is damaged: of which files nobody can say.
    if (!(error instanceof SnapshotError)) throw error;
    contents.clear();
  }
  return contents;
}

/**
 * What is still wrong with a tree once some of its files were mended: the signatures and the indices
 * are looked at anew, as these may have been what was damaged; other files are not hashed again.
 *
 * @param mended - paths in the tree
 */
export async function verifyAgain(
  tree: SealedTree,
  before: TreeVerification,
  mended: ReadonlySet<string>,
  options: Omit<VerifyTreeOptions, "level">,
): Promise<readonly TreeProblem[]> {
  const { problems } = await verifyTree(tree, { ...options, level: "quick" });
  const found = new Set(problems.map(({ path }) => path));
  const others = before.problems.filter(
    (problem) => isHiddenDamage(problem) && !mended.has(problem.path) && !found.has(problem.path),
  );
  return [...problems, ...others];
}
