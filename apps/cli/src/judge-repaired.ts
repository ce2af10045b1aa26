import { isDamage, type RepairReport, type TreeProblem } from "@mirror/sync";
import type { TreatingRound } from "./damage-treatment.js";
import { CliError } from "./error.js";
import { isGone } from "./is-gone.js";
import { type LeftProblem, leftProblems } from "./left-problems.js";
import { type MendedNames, mendedNames } from "./mended-names.js";
import type { OpenMirror } from "./open-mirrors.js";
import { count } from "./render/size.js";
import { treeNames } from "./tree-names.js";
import type { VerifiedMirror, VerifiedTree } from "./verified-mirror.js";

/**
 * Looks again at the trees of a mirror that was repaired, and says what is wrong still.
 *
 * @param repairs - its own, and those of other mirrors since: damage has names in trees of several
 */
export async function judgeRepaired(
  round: TreatingRound,
  open: OpenMirror,
  { trees, repair }: { readonly trees: readonly VerifiedTree[]; readonly repair: RepairReport },
  repairs: readonly RepairReport[],
): Promise<VerifiedMirror> {
  const { log, collections } = round;
  const { id } = open.mirror;
  const mended = mendedNames(repairs);
  const after: VerifiedTree[] = [];
  for (const one of trees) {
    const remaining = await remainingOf(round, open, one, { repair, mended });
    if (remaining) after.push({ ...one, remaining });
    else log.info(`${one.name} was deleted meanwhile`, { mirror: id });
  }
  const known = new Set(repair.contents.flatMap(({ names }) => names.map(({ path }) => path)));
  const others = after.flatMap(({ name, remaining = [] }) =>
    remaining
      .filter(({ path }) => !known.has(path))
      .map(({ code, path, message }) => ({ code, path, message: `${name}: ${message}` })),
  );
  const left = [...leftProblems(repair, treeNames(id, collections), mended.has), ...others];
  if (left.length > 0) return { id, trees: after, repair, error: leftError(left) };
  log.info("Nothing is damaged any more", { mirror: id });
  return { id, trees: after, repair };
}

/** What is still wrong with a tree; undefined where it is gone. */
async function remainingOf(
  { verifier }: TreatingRound,
  open: OpenMirror,
  one: VerifiedTree,
  { repair, mended }: { readonly repair: RepairReport; readonly mended: MendedNames },
): Promise<readonly TreeProblem[] | undefined> {
  const { problems } = one.verified;
  const told = repair.contents
    .flatMap(({ names }) => names)
    .filter(({ id, tree }) => id === open.mirror.id && tree === one.tree.generation);
  const paths = new Set(told.map(({ path }) => path));
  if (problems.some((problem) => isDamage(problem) && !paths.has(problem.path))) {
    // Another repair, or a sweep, was here before this one had the lock.
    return isGone(open, one) ? undefined : (await verifier.verify(open, one, "full")).problems;
  }
  const whole = told.filter(mended.has).map(({ path }) => path);
  if (whole.length === 0) return problems;
  return await verifier.verifyAgain(open, one, one.verified, new Set(whole));
}

function leftError(problems: readonly LeftProblem[]): CliError {
  const [hint] = problems.flatMap((problem) => problem.hint ?? []);
  const message = `${count(problems.length, "problem")} could not be mended`;
  const suggestion = hint === undefined ? {} : { suggestion: hint };
  return new CliError("ERR_CLI_DAMAGED", message, { problems, ...suggestion });
}
