import type { SealedTree, Snapshot } from "@mirror/snapshot";
import type { Round } from "../../each-mirror.js";
import { productionOf, roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import { openGate } from "../../gate.js";
import type { Host } from "../../host.js";
import { judgeByGate } from "../../judge-by-gate.js";
import { moveTogether } from "../../move-together.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { onRecord } from "../../on-record.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { requiredWord } from "../../words.js";
import { isOlder, warnOfOlder } from "./going-back.js";

/**
 * Lets production show a snapshot at once, whatever staging shows; the gate looks at it all the same.
 * @returns The exit status: 1 if any failed; then none has moved, unless the move itself failed.
 */
export async function publishSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot publish";
  const gate = await openGate(host, words.switches.has("no-gate"));
  const read = gate.read;
  const opened = await openMirrors(words, { verb, writes: true, flags, host, read });
  const { log } = opened;
  const round: Round = { verb, doing: "publishing a snapshot", flags, host, log };
  return await moveTogether(round, opened, {
    allOrNone: true,
    judge: judgeByGate(round, gate),
    choose(open, shown) {
      const { mirror } = open;
      const environment = productionOf(mirror);
      const role = roleOf(mirror, environment);
      const snapshot = namedSnapshot(open, requiredWord(words, "name"));
      const before = leftBehind(open, environment, snapshot, shown(environment));
      const withdraw = before !== undefined && isOlder(snapshot, before);
      return {
        environment,
        snapshot,
        reason: { kind: "publish", withdraw },
        says: {
          begin: `Publishing snapshot to ${role}`,
          wouldBe: `Would publish ${snapshot.name} to ${role}`,
        },
        after() {
          if (withdraw) warnOfOlder(log, mirror.id, snapshot);
        },
      };
    },
  });
}

/** What production leaves for a snapshot, also where it shows that one since a move that was stopped. */
function leftBehind(
  { collection }: OpenMirror,
  environment: string,
  snapshot: Snapshot,
  shown: SealedTree | undefined,
): SealedTree | undefined {
  if (shown?.path !== snapshot.path) return shown;
  const recorded = onRecord(collection, environment);
  return recorded === undefined ? undefined : collection.snapshot(recorded);
}
