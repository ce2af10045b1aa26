import type { Round } from "../../each-mirror.js";
import { roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import { openGate } from "../../gate.js";
import type { Host } from "../../host.js";
import { judgeByGate } from "../../judge-by-gate.js";
import { moveTogether } from "../../move-together.js";
import { openMirrors } from "../../open-mirrors.js";
import { promoted, stepOf } from "../../promotion.js";
import { wordOf } from "../../words.js";
import { isOlder, warnOfOlder } from "./going-back.js";

/**
 * Moves an environment to what the one before it shows, once the gate lets it. Where several
 * mirrors are named, all are checked before the first pointer moves.
 * @returns The exit status: 1 if any failed; then none has moved, unless the move itself failed.
 */
export async function promoteSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot promote";
  const gate = await openGate(host, words.switches.has("no-gate"));
  const read = gate.read;
  const opened = await openMirrors(words, { verb, writes: true, flags, host, read });
  const round: Round = { verb, doing: "promoting a snapshot", flags, host, log: opened.log };
  const force = words.switches.has("force");
  return await moveTogether(round, opened, {
    allOrNone: true,
    judge: judgeByGate(round, gate),
    choose(open, shown) {
      const { mirror } = open;
      const step = stepOf(mirror, words.values);
      const snapshot = promoted(open, step, { name: wordOf(words, "name"), force, shown });
      const [source, target] = [roleOf(mirror, step.from), roleOf(mirror, step.to)];
      return {
        environment: step.to,
        snapshot,
        reason: { kind: "promote", note: { from: step.from } },
        says: {
          begin: `Promoting ${source} snapshot to ${target} for ${mirror.id}`,
          wouldBe: `Would promote ${snapshot.name} from ${source} to ${target}`,
        },
        facts: { source: step.from },
        after(left) {
          // One that was staged before production was issued anew is older than what clients have.
          if (left !== undefined && isOlder(snapshot, left))
            warnOfOlder(opened.log, mirror.id, snapshot);
        },
      };
    },
  });
}
