import {
  damagedContents,
  type RepairReport,
  type TreeProblem,
  type TreeVerification,
} from "@mirror/sync";
import type { Round } from "./each-mirror.js";
import { CliError } from "./error.js";
import { isGone } from "./is-gone.js";
import type { MirrorRepairer } from "./mirror-repairer.js";
import type { OpenMirror } from "./open-mirrors.js";
import { type LeftProblem, leftProblems, logRepair } from "./render/repaired.js";
import { count } from "./render/size.js";
import { damagedError, isDamage } from "./render/verified.js";
import type { NamedTree, TreeVerifier } from "./tree-verifier.js";

/** A tree of a mirror, and what was found of it. */
export interface VerifiedTree extends NamedTree {
  readonly verified: TreeVerification;
  /** After a repair: what is still wrong. */
  readonly remaining?: readonly TreeProblem[];
}

/** The trees of a mirror, what was mended, and what is wrong in the end. */
export interface VerifiedMirror {
  readonly trees: readonly VerifiedTree[];
  readonly repair?: RepairReport;
  readonly error?: CliError;
}

/** Mends what was found to be damaged in trees of a mirror, or says how it would. */
export async function repairMirror(
  { log, flags }: Round,
  open: OpenMirror,
  trees: readonly VerifiedTree[],
  { verifier, repairer }: { readonly verifier: TreeVerifier; readonly repairer: MirrorRepairer },
): Promise<VerifiedMirror> {
  const { id } = open.mirror;
  const damaged = new Set(
    trees.flatMap(({ tree, verified }) => [...damagedContents(tree, verified)]),
  );
  if (damaged.size === 0) return { trees, ...firstError(id, trees) };
  const repair = await repairer.repair(open, damaged);
  const nameTree = repairer.names(open);
  logRepair(log, id, repair, nameTree, flags.dryRun);
  if (flags.dryRun) return { trees, repair, ...firstError(id, trees) };

  const after: VerifiedTree[] = [];
  for (const one of trees) {
    const remaining = await remainingOf(open, one, repair, verifier);
    if (remaining) after.push({ ...one, remaining });
    else log.info(`${one.name} was deleted meanwhile`, { mirror: id });
  }
  const known = new Set(repair.contents.flatMap(({ names }) => names.map(({ path }) => path)));
  const others = after.flatMap(({ name, remaining = [] }) =>
    remaining
      .filter(({ path }) => !known.has(path))
      .map(({ code, path, message }) => ({ code, path, message: `${name}: ${message}` })),
  );
  const left = [...leftProblems(repair, nameTree), ...others];
  if (left.length > 0) return { trees: after, repair, error: leftError(left) };
  log.info("Nothing is damaged any more", { mirror: id });
  return { trees: after, repair };
}

/** The error for the first tree that is not what it should be. */
export function firstError(
  mirror: string,
  trees: readonly VerifiedTree[],
): { readonly error?: CliError } {
  const damaged = trees.find(({ verified }) => verified.problems.length > 0);
  if (damaged === undefined) return {};
  return { error: damagedError({ mirror, tree: damaged.name }, damaged.verified.problems) };
}

/** What is still wrong with a tree; undefined where it is gone. */
async function remainingOf(
  open: OpenMirror,
  one: VerifiedTree,
  { contents }: RepairReport,
  verifier: TreeVerifier,
): Promise<readonly TreeProblem[] | undefined> {
  const { problems } = one.verified;
  const told = contents
    .flatMap(({ names }) => names)
    .filter(({ id, tree }) => id === open.mirror.id && tree === one.tree.generation);
  const paths = new Set(told.map(({ path }) => path));
  if (problems.some((problem) => isDamage(problem) && !paths.has(problem.path))) {
    // Another repair, or a sweep, was here before this one had the lock.
    return isGone(open, one) ? undefined : (await verifier.verify(open, one, "full")).problems;
  }
  const mended = told.filter(({ outcome }) => outcome === "mended").map(({ path }) => path);
  if (mended.length === 0) return problems;
  return await verifier.verifyAgain(open, one, one.verified, new Set(mended));
}

function leftError(problems: readonly LeftProblem[]): CliError {
  const [hint] = problems.flatMap((problem) => problem.hint ?? []);
  const message = `${count(problems.length, "problem")} could not be mended`;
  const suggestion = hint === undefined ? {} : { suggestion: hint };
  return new CliError("ERR_CLI_DAMAGED", message, { problems, ...suggestion });
}
