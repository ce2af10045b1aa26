import { resolve } from "node:path";
import { type Collection, type HistoryEntry, SnapshotError } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { keptFiles } from "../../kept-files.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { onRecord } from "../../on-record.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { type DescribedError, describeError } from "../../render/describe-error.js";
import { logError } from "../../render/failure.js";
import { logSize } from "../../render/size.js";
import { shownBy } from "../../shown-by.js";
import { holdingStore } from "../../take-lock.js";

interface Deletion {
  readonly snapshots: readonly (
    | { readonly name: string; readonly ok: true; readonly bytesFreed: number }
    | { readonly name: string; readonly ok: false; readonly error: DescribedError }
  )[];
}

/**
 * Deletes snapshots that nothing shows and nobody protects, or with `--force` those too, their
 * pointers first. One that cannot be deleted keeps no other.
 * @returns The exit status: 1 if any failed.
 */
export async function deleteSnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot delete";
  const { mirrors, log, who } = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "deleting a snapshot", flags, host, log };
  const names = new Set(words.positionals.names ?? []);
  const force = words.switches.has("force");

  const outcomes = await eachMirror(round, mirrors, async (open): Promise<Deletion> => {
    const { collection, mirror } = open;
    const whose = { mirror: mirror.id };
    const snapshots: Deletion["snapshots"][number][] = [];
    const keep = keptFiles(mirror, collection);
    const remove = (name: string): number => {
      namedSnapshot(open, name);
      const told = { from: name, at: host.now(), by: who, command: verb };
      // Before the files go, because whoever is stopped after that does not come back for the record.
      const onUnshown = (gone: readonly string[]) =>
        passOverFull(() => recordUnshown(open, gone, told));
      const options = { force, keep, dryRun: flags.dryRun, onUnshown };
      const removed = collection.removeSnapshot(name, options);
      const { bytesFreed, pointersRemoved, notKept } = removed;
      const size = logSize(bytesFreed);
      if (flags.dryRun) {
        for (const path of pointersRemoved) log.info(`Would remove pointer: ${path}`, whose);
        log.info(`Would delete snapshot: ${name} (frees ${size})`, whose);
        return bytesFreed;
      }
      for (const path of pointersRemoved) log.warn(`Removed pointer: ${path}`, whose);
      recordUnshown(open, pointersRemoved, told);
      if (notKept !== undefined) log.warn(`nothing is kept of ${name}: ${notKept.message}`, whose);
      log.info(`Deleted snapshot: ${name} (${size} freed)`, whose);
      return bytesFreed;
    };
    const attempt = (name: string): void => {
      try {
        snapshots.push({ name, ok: true, bytesFreed: remove(name) });
      } catch (error) {
        const context = { doing: `deleting ${name}`, command: verb };
        logError(log, error, { ...context, ...whose, verbose: flags.verboseErrors });
        snapshots.push({ name, ok: false, error: describeError(error, context) });
      }
    };
    const all = () => {
      for (const name of names) attempt(name);
    };
    if (flags.dryRun) all();
    else await holdingStore(round, collection, all);
    return { snapshots };
  });
  return finishRound(round, outcomes, ({ snapshots }) => {
    const failed = snapshots.find((snapshot) => !snapshot.ok);
    return { snapshots, ...(failed === undefined ? {} : { error: failed.error }) };
  });
}

/**
 * Environments that show nothing any more: the history must not say that they still do. What it says
 * of one may be that the snapshot is shown although the pointer went when this was killed before.
 */
function recordUnshown(
  { mirror, collection }: OpenMirror,
  gone: readonly string[],
  entry: Pick<HistoryEntry, "at" | "by" | "command"> & { readonly from: string },
): void {
  for (const pointer of mirror.snapshot.environments) {
    const recorded = onRecord(collection, pointer);
    const hasGone = gone.includes(resolve(collection.paths.pointers, pointer));
    if (recorded === undefined || !(hasGone || recorded === entry.from)) continue;
    if (showsNothing(collection, pointer)) collection.record({ ...entry, kind: "delete", pointer });
  }
}

function showsNothing(collection: Collection, pointer: string): boolean {
  try {
    return shownBy(collection, pointer) === undefined;
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_FOREIGN_ENTRY") return true;
    throw error;
  }
}

/** A full disk has room once the snapshot is gone. */
function passOverFull(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof SnapshotError && ["ENOSPC", "EDQUOT"].includes(error.found ?? "")) return;
    throw error;
  }
}
