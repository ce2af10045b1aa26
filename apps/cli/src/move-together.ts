import type { SealedTree, Snapshot } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round, resultsOf } from "./each-mirror.js";
import { capitalised, productionOf, roleOf } from "./environments.js";
import { CliError } from "./error.js";
import { type MoveReason, moveEnvironment } from "./move-environment.js";
import { checkManifest } from "./named-snapshot.js";
import { onRecord } from "./on-record.js";
import type { OpenMirror, OpenMirrors } from "./open-mirrors.js";
import { shownBy } from "./shown-by.js";
import { holdingStore } from "./take-lock.js";

/** What a command is to do with one mirror, by what its pointers show at this moment. */
export interface ChosenMove {
  readonly environment: string;
  readonly snapshot: Snapshot;
  readonly reason: Omit<MoveReason, "who">;
  /** What is said as the move begins, and in a dry run. */
  readonly says: { readonly begin: string; readonly wouldBe: string };
  /** What the JSON document says besides. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Done also where the environment shows the snapshot already: a move that was stopped. */
  readonly again?: true;
  /**
   * Makes what is shown in the place of the snapshot chosen, under the same lock; the move is
   * recorded with the name of the one that it was made of.
   */
  make?(shown: SealedTree | undefined): Promise<Snapshot>;
  /** What goes before the move, under the same lock; returns how to take it back. */
  before?(shown: SealedTree | undefined): (() => void) | undefined;
  /** What follows the move, under the same lock. */
  after?(shown: SealedTree | undefined): void;
}

/** How a command moves an environment of each mirror. */
export interface Moving {
  /** Decides by what is shown now, without a wait; throws what speaks against it. */
  choose(open: OpenMirror, shown: (environment: string) => SealedTree | undefined): ChosenMove;
  /** Judges what was chosen, which may take its time; what it returns is told in history and JSON. */
  judge?(open: OpenMirror, chosen: ChosenMove, shown: SealedTree | undefined): Promise<Judgement>;
  /** All mirrors pass their checks before the first pointer moves, or none moves. */
  readonly allOrNone: boolean;
}

/** What a judge says. */
export interface Judgement {
  readonly note: Readonly<Record<string, unknown>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Nothing to tell. */
export const UNJUDGED: Judgement = { note: {}, facts: {} };

/**
 * Moves an environment of each mirror. Everything is chosen once more under the lock, and refused
 * where that is not what was judged: meanwhile pointers may have moved, snapshots been replaced.
 * @returns The exit status: 1 if any failed.
 */
export async function moveTogether(
  round: Round,
  { mirrors, who }: Pick<OpenMirrors, "mirrors" | "who">,
  { choose, judge, allOrNone }: Moving,
): Promise<number> {
  const { flags, log } = round;
  const chooseNow = (open: OpenMirror) => {
    const shownIn = (environment: string) => shownBy(open.collection, environment);
    const chosen = choose(open, shownIn);
    return { ...chosen, shown: shownIn(chosen.environment) };
  };
  const checked = await eachMirror(round, mirrors, async (open) => {
    const chosen = chooseNow(open);
    checkManifest(chosen.snapshot);
    open.collection.checkSwap(chosen.environment);
    const identity = identityOf(chosen.snapshot);
    const judgement = (await judge?.(open, chosen, chosen.shown)) ?? UNJUDGED;
    return { ...open, ...chosen, identity, judgement };
  });
  const passed = resultsOf(checked);
  if (allOrNone && passed.length < checked.length) {
    if (passed.length > 0) log.warn("nothing was moved, as not every mirror passed its checks");
    return finishRound(round, checked, (move) => factsOf(move, false));
  }

  const moved = await eachMirror(round, passed, async (move) => {
    const { mirror, collection, environment, shown, says, judgement } = move;
    const whose = { mirror: mirror.id };
    if (flags.dryRun) {
      log.info(says.wouldBe, whose);
      return factsOf(move, false);
    }
    return await holdingStore(round, collection, async () => {
      const now = chooseNow(move);
      const same = now.environment === environment && now.shown?.path === shown?.path;
      if (!same || identityOf(now.snapshot) !== move.identity) throw movedMeanwhile(environment);
      const { reason } = now;
      let { snapshot } = now;
      const isDone =
        shown?.path === snapshot.path && onRecord(collection, environment) === snapshot.name;
      if (isDone && now.again !== true && !now.make) {
        const role = capitalised(roleOf(mirror, environment));
        log.info(`${role} shows ${snapshot.name} already`, whose);
        return factsOf(move, false);
      }
      log.info(says.begin, { ...whose, named: says.begin.endsWith(mirror.id) });
      if (now.make) snapshot = await now.make(shown);
      const takeBack = now.before?.(shown);
      const note = { ...reason.note, ...judgement.note };
      try {
        await moveEnvironment(round, move, environment, snapshot, { ...reason, who, note });
      } catch (error) {
        // A pointer may have moved although bringing it to the disk failed.
        if (shownBy(collection, environment)?.path === shown?.path) takeBack?.();
        throw error;
      }
      if (environment === productionOf(mirror) && snapshot.rejected) {
        collection.unreject(snapshot.name);
      }
      now.after?.(shown);
      return factsOf({ ...move, snapshot }, true);
    });
  });
  const made = new Map(moved.map((outcome) => [outcome.id, outcome]));
  const all = checked.map((outcome) =>
    "error" in outcome ? outcome : (made.get(outcome.id) ?? outcome),
  );
  return finishRound(round, all as typeof moved, (facts) => facts);
}

/** One that was replaced under its name is another snapshot, made of another generation. */
function identityOf(snapshot: Snapshot): string {
  return [snapshot.path, snapshot.created.toISOString(), snapshot.header().source].join(" ");
}

function movedMeanwhile(environment: string): CliError {
  const message = `${environment}, or what it is to show, was changed by somebody else meanwhile`;
  return new CliError("ERR_CLI_MOVED_MEANWHILE", message, { found: environment });
}

function factsOf(
  move: ChosenMove & { readonly shown: SealedTree | undefined; readonly judgement: Judgement },
  moved: boolean,
): Readonly<Record<string, unknown>> {
  const { environment, snapshot, shown, facts, judgement } = move;
  return {
    environment,
    ...(shown === undefined ? {} : { from: shown.generation }),
    to: snapshot.name,
    moved,
    ...facts,
    ...judgement.facts,
  };
}
