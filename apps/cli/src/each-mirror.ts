import type { MirrorConfig } from "@mirror/config";
import type { Flags } from "./flags.js";
import type { Host } from "./host.js";
import { describeError } from "./render/describe-error.js";
import { type DocumentContent, type MirrorDocument, printDocument } from "./render/document.js";
import { logError } from "./render/failure.js";
import type { Log } from "./render/log.js";
import type { Verb } from "./verbs.js";

/** What came of one mirror. */
export type Outcome<Result> =
  | { readonly id: string; readonly result: Result }
  | { readonly id: string; readonly error: unknown; readonly doing: string };

/** What a command about several mirrors does with each, and says of all. */
export interface Round {
  readonly verb: Verb;
  /** What is being done, as the start of a sentence, for errors. */
  readonly doing: string;
  readonly flags: Flags;
  readonly host: Host;
  readonly log: Log;
}

/** Does `work` for each mirror, one after the other; one that fails is reported and stops no other. */
export async function eachMirror<Item extends { readonly mirror: MirrorConfig }, Result>(
  round: Round,
  items: readonly Item[],
  work: (item: Item) => Result | Promise<Result>,
): Promise<Outcome<Result>[]> {
  const outcomes: Outcome<Result>[] = [];
  for (const item of items) {
    const { id } = item.mirror;
    try {
      round.host.signal.throwIfAborted();
      outcomes.push({ id, result: await work(item) });
    } catch (error) {
      const { doing, verb } = round;
      const verbose = round.flags.verboseErrors;
      logError(round.log, error, { mirror: id, doing, command: verb, verbose });
      outcomes.push({ id, error, doing });
    }
  }
  return outcomes;
}

/** What succeeded. */
export function resultsOf<Result>(outcomes: readonly Outcome<Result>[]): Result[] {
  return outcomes.flatMap((outcome) => ("result" in outcome ? [outcome.result] : []));
}

/**
 * Ends such a command: its JSON document, if one is wanted.
 * @param facts - What the document says of a mirror that succeeded; `ok: false` in it counts.
 * @returns The exit status.
 */
export function finishRound<Result>(
  { verb, flags, host }: Round,
  outcomes: readonly Outcome<Result>[],
  facts: (result: Result) => Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): number {
  const mirrors = outcomes.map((outcome): MirrorDocument => {
    if ("result" in outcome) {
      return { id: outcome.id, ok: true, ...facts(outcome.result) } as MirrorDocument;
    }
    const { id, error, doing } = outcome;
    return { id, ok: false, error: describeError(error, { doing, command: verb }) };
  });
  const ok = mirrors.every((mirror) => mirror.ok);
  if (flags.json) {
    const content: DocumentContent = { ok, dryRun: flags.dryRun, ...more, mirrors };
    printDocument(host.stdout, verb, content);
  }
  return ok ? 0 : 1;
}
