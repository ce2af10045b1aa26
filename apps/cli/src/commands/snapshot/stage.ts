import type { Round } from "../../each-mirror.js";
import { roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { moveTogether } from "../../move-together.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { openMirrors } from "../../open-mirrors.js";
import { stagedIn } from "../../promotion.js";
import { requiredWord } from "../../words.js";

/**
 * Lets an environment before production, the first one if none is named, show a snapshot.
 * @returns The exit status: 1 if any failed.
 */
export async function stageSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot stage";
  const opened = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "staging a snapshot", flags, host, log: opened.log };
  const name = requiredWord(words, "name");
  return await moveTogether(round, opened, {
    allOrNone: false,
    choose(open) {
      const environment = stagedIn(open.mirror, name, words.values.env);
      const role = roleOf(open.mirror, environment);
      return {
        environment,
        snapshot: namedSnapshot(open, name),
        reason: { kind: "stage" },
        says: { begin: `Publishing snapshot to ${role}`, wouldBe: `Would show ${name} in ${role}` },
      };
    },
  });
}
