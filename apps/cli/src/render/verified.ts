import type { TreeVerification } from "@mirror/sync";
import { damagedError, type VerifiedSubject } from "../damaged-error.js";
import type { Round } from "../each-mirror.js";
import { logError } from "./failure.js";
import { count, logSize } from "./size.js";

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
  const { message } = damagedError(subject, verified.problems);
  round.log.warn(message, { mirror: subject.mirror });
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
