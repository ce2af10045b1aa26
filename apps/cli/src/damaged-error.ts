import { isDamage, type TreeProblem } from "@mirror/sync";
import { CliError } from "./error.js";
import { HINTS } from "./hints.js";
import { count } from "./render/size.js";

/** What a verification is about. */
export interface VerifiedSubject {
  readonly mirror: string;
  /** `latest`, or the name of a snapshot. */
  readonly tree: string;
}

/** The error for a tree that is not what it should be, with what to do about it. */
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

/** `latest: 3 problems (2 files damaged, 1 file missing)`. */
function summaryOf(tree: string, problems: readonly TreeProblem[]): string {
  const damage = problems.filter(isDamage);
  const missing = damage.filter(({ code }) => code === "ERR_SYNC_TREE_MISSING_FILE").length;
  const damaged = damage.length - missing;
  const counts = [
    ...(damaged === 0 ? [] : [`${count(damaged, "file")} damaged`]),
    ...(missing === 0 ? [] : [`${count(missing, "file")} missing`]),
  ];
  const kinds = counts.length === 0 ? "" : ` (${counts.join(", ")})`;
  return `${tree}: ${count(problems.length, "problem")}${kinds}`;
}
