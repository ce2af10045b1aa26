import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { capitalised, productionOf, roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import { openGate } from "../../gate.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { checkManifest, namedSnapshot } from "../../named-snapshot.js";
import { openMirrors } from "../../open-mirrors.js";
import { takeLock } from "../../take-lock.js";
import { requiredWord } from "../../words.js";
import { isOlder, warnOfOlder } from "./going-back.js";

/**
 * Lets production show a snapshot at once, whatever staging shows; the gate looks at it all the same.
 * @returns The exit status: 1 if any failed.
 */
export async function publishSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot publish";
  const gate = await openGate(host, words.switches.has("no-gate"));
  const { mirrors, log, who } = await openMirrors(words, {
    verb,
    writes: true,
    flags,
    host,
    read: (selected) => gate.read(selected),
  });
  const round: Round = { verb, doing: "publishing a snapshot", flags, host, log };

  const checked = await eachMirror(round, mirrors, async (open) => {
    const snapshot = namedSnapshot(open, requiredWord(words, "name"));
    checkManifest(snapshot);
    const environment = productionOf(open.mirror);
    open.collection.checkSwap(environment);
    const shown = open.collection.resolve(environment);
    const verdict = await gate.pass(round, open, { snapshot, shown });
    return { ...open, environment, snapshot, shown, verdict };
  });
  const passed = resultsOf(checked);
  if (passed.length < checked.length) {
    if (passed.length > 0) log.warn("nothing was published, as not every mirror passed its checks");
    return finishRound(round, checked, ({ environment, snapshot, verdict }) => ({
      to: environment,
      snapshot: snapshot.name,
      moved: false,
      gate: verdict,
    }));
  }

  const outcomes = await eachMirror(round, passed, async (move) => {
    const { mirror, collection, environment, snapshot, shown, verdict } = move;
    const facts = { to: environment, snapshot: snapshot.name, gate: verdict };
    const whose = { mirror: mirror.id };
    const role = roleOf(mirror, environment);
    if (shown?.path === snapshot.path) {
      log.info(`${capitalised(role)} shows ${snapshot.name} already`, whose);
      return { ...facts, moved: false };
    }
    if (flags.dryRun) {
      log.info(`Would publish ${snapshot.name} to ${role}`, whose);
      return { ...facts, moved: false };
    }
    log.info(`Publishing snapshot to ${role}`, whose);
    const lock = await takeLock(collection, "store", {
      command: verb,
      wait: flags.wait,
      host,
      log,
    });
    try {
      namedSnapshot(move, snapshot.name);
      const withdraw = shown !== undefined && isOlder(snapshot, shown);
      const note = { gate: verdict.gate };
      await moveEnvironment(round, move, environment, snapshot, {
        kind: "publish",
        who,
        withdraw,
        note,
      });
      if (withdraw) warnOfOlder(log, mirror.id);
    } finally {
      lock.release();
    }
    return { ...facts, moved: true };
  });
  return finishRound(round, outcomes, (facts) => facts);
}
