import type { SealedTree, Snapshot } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { capitalised, roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import type { GateVerdict } from "../../gate.js";
import { openGate } from "../../gate.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { checkManifest, namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { promoted, type Step, stepOf } from "../../promotion.js";
import { takeLock } from "../../take-lock.js";
import { wordOf } from "../../words.js";

/** A move that passed its checks. */
interface Passed extends OpenMirror {
  readonly step: Step;
  readonly snapshot: Snapshot;
  /** What the environment shows now, if anything. */
  readonly shown: SealedTree | undefined;
  readonly verdict: GateVerdict;
}

/**
 * Moves an environment to what the one before it shows, once the gate lets it. Where several
 * mirrors are named, all are checked before the first pointer moves.
 * @returns The exit status: 1 if any failed; then none has moved, unless the move itself failed.
 */
export async function promoteSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot promote";
  const gate = await openGate(host, words.switches.has("no-gate"));
  const { mirrors, log, who } = await openMirrors(words, {
    verb,
    writes: true,
    flags,
    host,
    read: (selected) => gate.read(selected),
  });
  const round: Round = { verb, doing: "promoting a snapshot", flags, host, log };

  const checked = await eachMirror(round, mirrors, async (open): Promise<Passed> => {
    const step = stepOf(open.mirror, words.values);
    const name = wordOf(words, "name");
    const snapshot = promoted(open, step, name, words.switches.has("force"));
    checkManifest(snapshot);
    open.collection.checkSwap(step.to);
    const shown = open.collection.resolve(step.to);
    const verdict = await gate.pass(round, open, { snapshot, shown });
    return { ...open, step, snapshot, shown, verdict };
  });
  const passed = resultsOf(checked);
  if (passed.length < checked.length) {
    if (passed.length > 0) log.warn("nothing was promoted, as not every mirror passed its checks");
    return finishRound(round, checked, ({ step, snapshot, verdict }) => ({
      ...step,
      snapshot: snapshot.name,
      moved: false,
      gate: verdict,
    }));
  }

  const outcomes = await eachMirror(round, passed, async (move) => {
    const { mirror, collection, step, snapshot, shown, verdict } = move;
    const facts = { ...step, snapshot: snapshot.name, gate: verdict };
    const [source, target] = [roleOf(mirror, step.from), roleOf(mirror, step.to)];
    const whose = { mirror: mirror.id };
    if (shown?.path === snapshot.path) {
      log.info(`${capitalised(target)} shows ${snapshot.name} already`, whose);
      return { ...facts, moved: false };
    }
    if (flags.dryRun) {
      const gate = verdict.gate === "passed" ? "the gate lets it" : "past the gate";
      log.info(`Would promote ${snapshot.name} from ${source} to ${target}: ${gate}`, whose);
      return { ...facts, moved: false };
    }
    log.info(`Promoting ${source} snapshot to ${target} for ${mirror.id}`, {
      ...whose,
      named: true,
    });
    const lock = await takeLock(collection, "store", {
      command: verb,
      wait: flags.wait,
      host,
      log,
    });
    try {
      // It may have been deleted while the gate looked at it.
      namedSnapshot(move, snapshot.name);
      if (snapshot.rejected) collection.unreject(snapshot.name);
      const note = { from: step.from, gate: verdict.gate };
      await moveEnvironment(round, move, step.to, snapshot, { kind: "promote", who, note });
    } finally {
      lock.release();
    }
    return { ...facts, moved: true };
  });
  return finishRound(round, outcomes, (facts) => facts);
}
