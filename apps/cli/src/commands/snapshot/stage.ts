import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import { capitalised, roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { checkManifest, namedSnapshot } from "../../named-snapshot.js";
import { openMirrors } from "../../open-mirrors.js";
import { stagedIn } from "../../promotion.js";
import { takeLock } from "../../take-lock.js";
import { requiredWord } from "../../words.js";

/**
 * Lets an environment before production, the first one if none is named, show a snapshot.
 * @returns The exit status: 1 if any failed.
 */
export async function stageSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot stage";
  const { mirrors, log, who } = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "staging a snapshot", flags, host, log };
  const { env } = words.values;

  const outcomes = await eachMirror(round, mirrors, async (open) => {
    const { mirror, collection } = open;
    const name = requiredWord(words, "name");
    const environment = stagedIn(mirror, name, env);
    const snapshot = namedSnapshot(open, name);
    checkManifest(snapshot);
    const moved = { environment, snapshot: snapshot.name };
    const role = roleOf(mirror, environment);
    if (flags.dryRun) {
      collection.checkSwap(environment);
      log.info(`Would show ${snapshot.name} in ${role}`, { mirror: mirror.id });
      return moved;
    }
    const lock = await takeLock(collection, "store", {
      command: verb,
      wait: flags.wait,
      host,
      log,
    });
    try {
      if (collection.resolve(environment)?.path === snapshot.path) {
        log.info(`${capitalised(role)} shows ${snapshot.name} already`, { mirror: mirror.id });
        return moved;
      }
      log.info(`Publishing snapshot to ${role}`, { mirror: mirror.id });
      await moveEnvironment(round, open, environment, snapshot, { kind: "stage", who });
    } finally {
      lock.release();
    }
    return moved;
  });
  return finishRound(round, outcomes, (moved) => moved);
}
