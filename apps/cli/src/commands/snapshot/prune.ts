import type { MirrorConfig } from "@mirror/config";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { keptFiles } from "../../kept-files.js";
import { openMirrors } from "../../open-mirrors.js";
import { readAge } from "../../read-age.js";
import { describeError } from "../../render/describe-error.js";
import { logError } from "../../render/failure.js";
import { count } from "../../render/size.js";
import { holdingStore } from "../../take-lock.js";

const REASONS: Readonly<Record<string, string>> = {
  newest: "among the newest",
  young: "young",
  "in-use": "in use",
  protected: "protected",
};

/**
 * Deletes the snapshots that the policy of each mirror does not keep.
 * @returns The exit status: 1 if any could not be deleted.
 * @throws CliError ERR_CLI_USAGE.
 */
export async function pruneSnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot prune";
  const keepLast = readCount(words.values["keep-last"]);
  const keepWithin = readAge("--keep-within", words.values["keep-within"]);
  const { mirrors, log } = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "pruning snapshots", flags, host, log };

  const outcomes = await eachMirror(round, mirrors, async ({ mirror, collection }) => {
    const policy = policyOf(mirror, keepLast, keepWithin);
    const { environments } = mirror.snapshot;
    const options = {
      now: host.now(),
      dryRun: flags.dryRun,
      keep: keptFiles(mirror, collection),
      environments,
    };
    const prune = () => collection.pruneSnapshots(policy, options);
    const report = flags.dryRun ? prune() : await holdingStore(round, collection, prune);
    const whose = { mirror: mirror.id };
    for (const { name, reasons } of report.plan.keep) {
      const why = reasons.map((reason) => REASONS[reason] ?? reason).join(", ");
      if (flags.dryRun) log.info(`Keeps ${name}: ${why}`, whose);
    }
    for (const name of report.plan.remove) {
      const failed = report.failed.some((failure) => failure.name === name);
      if (!failed)
        log.info(`${flags.dryRun ? "Would delete" : "Deleted"} snapshot: ${name}`, whose);
    }
    for (const { name, notKept } of report.removed) {
      if (notKept !== undefined) log.warn(`nothing is kept of ${name}: ${notKept.message}`, whose);
    }
    for (const { name, error } of report.failed) {
      const context = { doing: `deleting ${name}`, command: verb };
      logError(log, error, { ...context, ...whose, verbose: flags.verboseErrors });
    }
    if (report.plan.remove.length === 0) {
      log.info(`Nothing to prune: ${count(report.plan.keep.length, "snapshot")} kept`, whose);
    }
    return report;
  });
  return finishRound(round, outcomes, ({ plan, removed, failed }) => {
    const [first] = failed;
    const context = { doing: round.doing, command: verb };
    const failures = failed.map(({ name, error }) => ({
      name,
      error: describeError(error, context),
    }));
    return {
      keep: plan.keep,
      remove: plan.remove,
      removed,
      failed: failures,
      ...(first === undefined ? {} : { error: describeError(first.error, context) }),
    };
  });
}

/** The policy of a mirror, with what the command line says in place of its own. */
function policyOf(
  { snapshot }: MirrorConfig,
  keepLast: number | undefined,
  keepWithin: number | undefined,
): { keepLast: number; keepWithin?: number } {
  const age = keepWithin ?? snapshot.keepWithin;
  return {
    keepLast: keepLast ?? snapshot.keepLast,
    ...(age === undefined ? {} : { keepWithin: age }),
  };
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError("ERR_CLI_USAGE", `--keep-last: expected a whole number, found "${text}"`, {
    expected: "a whole number",
    found: text,
  });
}
