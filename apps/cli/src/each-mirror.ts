import type { MirrorConfig } from "@mirror/config";
import type { Flags } from "./flags.js";
import type { Host } from "./host.js";
import { type DescribedError, describeError } from "./render/describe-error.js";
import { type DocumentContent, type MirrorDocument, printDocument } from "./render/document.js";
import { logError } from "./render/failure.js";
import type { Log } from "./render/log.js";
import { stopped } from "./stopped.js";
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
    } catch (thrown) {
      const error = stopped(round.host.signal, thrown);
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

/** What a document says of a mirror; with an error that mirror counts as failed. */
export interface MirrorFacts {
  readonly error?: DescribedError;
  readonly [field: string]: unknown;
}

/**
 * Ends such a command: its JSON document, if one is wanted.
 * @returns The exit status.
 */
export function finishRound<Result>(
  { verb, flags, host }: Round,
  outcomes: readonly Outcome<Result>[],
  facts: (result: Result) => MirrorFacts,
  more: Readonly<Record<string, unknown>> = {},
): number {
  const mirrors = outcomes.map((outcome): MirrorDocument => {
    const { id } = outcome;
    if ("result" in outcome) {
      const { error, ...fields } = facts(outcome.result);
      return error === undefined
        ? { id, ok: true, ...fields }
        : { id, ok: false, ...fields, error };
    }
    const { doing } = outcome;
    return { id, ok: false, error: describeError(outcome.error, { doing, command: verb }) };
  });
  const ok = mirrors.every((mirror) => mirror.ok);
  if (flags.json) {
    const content: DocumentContent = { ok, dryRun: flags.dryRun, ...more, mirrors };
    printDocument(host.stdout, verb, content);
  }
  return ok ? 0 : 1;
}
