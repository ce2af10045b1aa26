import {
  damagedContents,
  type RepairReport,
  type TreeProblem,
  type TreeVerification,
} from "@mirror/sync";
import { damagedError } from "./damaged-error.js";
import type { CliError } from "./error.js";
import type { NamedTree } from "./tree-verifier.js";

/** A tree of a mirror, and what was found of it. */
export interface VerifiedTree extends NamedTree {
  readonly verified: TreeVerification;
  /** After a repair: what is still wrong. */
  readonly remaining?: readonly TreeProblem[];
}

/** The trees of a mirror, what was mended, and what is wrong in the end. */
export interface VerifiedMirror {
  readonly id: string;
  readonly trees: readonly VerifiedTree[];
  readonly repair?: RepairReport;
  readonly error?: CliError;
}

/** Contents, by their SHA256, of the files of trees that something is wrong with. */
export function damageIn(trees: readonly VerifiedTree[]): ReadonlySet<string> {
  return new Set(trees.flatMap(({ tree, verified }) => [...damagedContents(tree, verified)]));
}

/** A mirror of which nothing was mended: its error is that of the first tree that is damaged. */
export function unmended(id: string, trees: readonly VerifiedTree[]): VerifiedMirror {
  const damaged = trees.find(({ verified }) => verified.problems.length > 0);
  if (damaged === undefined) return { id, trees };
  const error = damagedError({ mirror: id, tree: damaged.name }, damaged.verified.problems);
  return { id, trees, error };
}
