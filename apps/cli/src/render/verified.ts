import type { TreeProblem, TreeVerification } from "@mirror/sync";
import type { Round } from "../each-mirror.js";
import { CliError } from "../error.js";
import { HINTS } from "../hints.js";
import { logError } from "./failure.js";
import { count, logSize } from "./size.js";

/** What a verification is about. */
export interface VerifiedSubject {
  readonly mirror: string;
  /** `latest`, or the name of a snapshot. */
  readonly tree: string;
}

/** Says what came of the verification of a tree: what should be looked at, and what is wrong. */
export function logVerified(
  round: Round,
  subject: VerifiedSubject,
  verified: TreeVerification,
): void {
  if (verified.problems.length === 0) {
    logSound(round, subject, verified);
    return;
  }
  logWarnings(round, subject, verified);
  const { mirror } = subject;
  const { verb, doing, flags, log } = round;
  const context = { mirror, doing, command: verb, verbose: flags.verboseErrors };
  logError(log, damagedError(subject, verified.problems), context);
}

/** The same where what is wrong is to be mended now. */
export function logFound(round: Round, subject: VerifiedSubject, verified: TreeVerification): void {
  if (verified.problems.length === 0) {
    logSound(round, subject, verified);
    return;
  }
  logWarnings(round, subject, verified);
  round.log.warn(summaryOf(subject.tree, verified.problems), { mirror: subject.mirror });
}

/** The error for a tree that is not what it should be. */
export function damagedError(
  { mirror, tree }: VerifiedSubject,
  problems: readonly TreeProblem[],
): CliError {
  const suggestion = wayOut(mirror, tree, problems);
  return new CliError("ERR_CLI_DAMAGED", summaryOf(tree, problems), {
    problems,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Whether a problem is that a file is missing, or not what its manifest says. */
export function isDamage({ code }: TreeProblem): boolean {
  return KINDS[code] !== undefined;
}

function wayOut(
  mirror: string,
  tree: string,
  problems: readonly TreeProblem[],
): string | undefined {
  const isLatest = tree === "latest";
  if (problems.some(({ code }) => code === "ERR_SNAPSHOT_BAD_MANIFEST"))
    return HINTS.ERR_SNAPSHOT_BAD_MANIFEST;
  if (problems.some(isDamage)) {
    const repair = `mirrorctl verify ${mirror}${isLatest ? "" : " --snapshots"} --repair mends it`;
    return `${repair}; with --dry-run it says from where`;
  }
  return isLatest ? `mirrorctl sync ${mirror} --force makes a new tree` : undefined;
}

function logSound(round: Round, subject: VerifiedSubject, verified: TreeVerification): void {
  logWarnings(round, subject, verified);
  const { files, bytes, level } = verified;
  const what = `${count(files, "file")}, ${logSize(bytes)}`;
  round.log.info(`Verified ${subject.tree}: ${what}, ${level} check`, { mirror: subject.mirror });
}

function logWarnings(
  { log }: Round,
  { mirror, tree }: VerifiedSubject,
  { warnings }: TreeVerification,
): void {
  for (const { message, code } of warnings) log.warn(`${tree}: ${message}`, { mirror, code });
}

const KINDS: Readonly<Partial<Record<TreeProblem["code"], string>>> = {
  ERR_SYNC_TREE_MISSING_FILE: "missing",
  ERR_SYNC_TREE_NOT_A_FILE: "damaged",
  ERR_SYNC_TREE_WRONG_SIZE: "damaged",
  ERR_SYNC_TREE_WRONG_CONTENT: "damaged",
  ERR_SYNC_TREE_UNREADABLE: "damaged",
};

/** `latest: 3 problems (2 files damaged, 1 file missing)`. */
function summaryOf(tree: string, problems: readonly TreeProblem[]): string {
  const counts = ["damaged", "missing"].flatMap((kind) => {
    const found = problems.filter(({ code }) => KINDS[code] === kind).length;
    return found === 0 ? [] : [`${count(found, "file")} ${kind}`];
  });
  const kinds = counts.length === 0 ? "" : ` (${counts.join(", ")})`;
  return `${tree}: ${count(problems.length, "problem")}${kinds}`;
}
