import { type SealedTree, SnapshotError } from "@mirror/snapshot";
import { isHiddenDamage } from "./is-damage.js";
import type { TreeProblem, TreeVerification, VerifyTreeOptions } from "./verification.js";
import { verifyTree } from "./verify-tree.js";

/**
 * Contents, by their SHA256, of the files that a verification found something wrong with, and of one
 * file in each directory that clients cannot read: its repair opens all directories above it.
 */
export function damagedContents(tree: SealedTree, { problems }: TreeVerification): Set<string> {
  const paths = new Set(problems.map(({ path }) => path));
  const closed = new Set(problems.filter(isUnreadable).map(({ path }) => path));
  const contents = new Set<string>();
  if (paths.size === 0) return contents;
  try {
    for (const { path, sha256 } of tree.files()) {
      if (paths.has(path)) contents.add(sha256);
      for (const above of directoriesAbove(path)) if (closed.delete(above)) contents.add(sha256);
    }
  } catch (error) {
    // Its manifest is damaged: of which files nobody can say.
    if (!(error instanceof SnapshotError)) throw error;
    contents.clear();
  }
  return contents;
}

function isUnreadable({ code }: TreeProblem): boolean {
  return code === "ERR_SYNC_TREE_UNREADABLE";
}

/** From the nearest one to the tree itself, which is the empty path. */
function directoriesAbove(path: string): string[] {
  const segments = path.split("/");
  return segments.map((_, index) => segments.slice(0, segments.length - 1 - index).join("/"));
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
