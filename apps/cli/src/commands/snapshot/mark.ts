import type { Collection, MarkNote } from "@mirror/snapshot";
import { eachMirror, finishRound } from "../../each-mirror.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { openMirrors } from "../../open-mirrors.js";
import { holdingStore } from "../../take-lock.js";
import type { Verb } from "../../verbs.js";
import { requiredWord } from "../../words.js";

/** A command that puts a mark on a snapshot, or takes it away. */
export interface Marking {
  readonly verb: Verb;
  readonly doing: string;
  /** What is said once it is done, before the snapshot's name. */
  readonly done: string;
  mark(collection: Collection, name: string, note: MarkNote): void;
}

/** Marks the snapshot named, of each mirror named. */
export async function markSnapshots(
  words: Words,
  flags: Flags,
  host: Host,
  { verb, doing, done, mark }: Marking,
): Promise<number> {
  const { mirrors, log, who } = await openMirrors(words, { verb, writes: true, flags, host });
  const round = { verb, doing, flags, host, log };
  const outcomes = await eachMirror(round, mirrors, async (open) => {
    const { collection, mirror } = open;
    const { name } = namedSnapshot(open, requiredWord(words, "name"));
    if (!flags.dryRun) {
      const note = { at: host.now(), by: who, command: verb };
      await holdingStore(round, collection, () => mark(collection, name, note));
    }
    log.info(`${flags.dryRun ? "Would be: " : ""}${done}: ${name}`, { mirror: mirror.id });
    return { snapshot: name };
  });
  return finishRound(round, outcomes, (facts) => facts);
}
