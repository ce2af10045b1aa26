import type { DryRunReport } from "@mirror/sync";
import type { Flags } from "./flags.js";
import type { Host } from "./host.js";
import { type Outcome, outcomeToJson, reportsOf } from "./outcome.js";
import { describeError } from "./render/describe-error.js";
import { type MirrorDocument, printDocument } from "./render/document.js";
import { renderDryRun, sumReports } from "./render/dry-run.js";
import { logError } from "./render/failure.js";
import type { Log } from "./render/log.js";

/** Prints what syncs would do; returns the exit status. */
export function finishDryRun(
  outcomes: readonly Outcome<DryRunReport>[],
  { dir, flags, host, log }: { dir: string; flags: Flags; host: Host; log: Log },
): number {
  const reports = reportsOf(outcomes);
  const ok = reports.length === outcomes.length && reports.every(({ refused }) => !refused);
  if (flags.json) {
    const mirrors = outcomes.map((outcome) =>
      "report" in outcome ? dryRunToJson(outcome.report) : outcomeToJson(outcome),
    );
    printDocument(host.stdout, "sync", { ok, dryRun: true, mirrors, total: sumReports(reports) });
  } else if (!flags.quiet && reports.length > 0) {
    host.stdout.write(renderDryRun(reports, dir));
  }
  for (const { id, refused } of reports) {
    const context = { mirror: id, doing: WOULD_FAIL, command: "sync" };
    if (refused) logError(log, refused, { ...context, verbose: flags.verboseErrors });
  }
  return ok ? 0 : 1;
}

/** What a sync would fail of, a dry run fails of too, and reports all the same. */
const WOULD_FAIL = "planning the sync";

function dryRunToJson({ id, refused, ...report }: DryRunReport): MirrorDocument {
  if (!refused) return { id, ok: true, ...report };
  const error = describeError(refused, { doing: WOULD_FAIL, command: "sync" });
  return { id, ok: false, ...report, error };
}
