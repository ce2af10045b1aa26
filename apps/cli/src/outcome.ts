import { describeError } from "./render/describe-error.js";
import type { MirrorDocument } from "./render/document.js";

/** What came of the work for one mirror. */
export type Outcome<Report> =
  | { readonly id: string; readonly report: Report }
  | { readonly id: string; readonly error: unknown; readonly doing: string };

/** The reports of those that did not fail. */
export function reportsOf<Report>(outcomes: readonly Outcome<Report>[]): Report[] {
  return outcomes.flatMap((outcome) => ("report" in outcome ? [outcome.report] : []));
}

/** An outcome of a sync as documents have it. */
export function outcomeToJson(outcome: Outcome<object>): MirrorDocument {
  return "report" in outcome
    ? { id: outcome.id, ok: true, ...outcome.report }
    : {
        id: outcome.id,
        ok: false,
        error: describeError(outcome.error, { doing: outcome.doing, command: "sync" }),
      };
}
