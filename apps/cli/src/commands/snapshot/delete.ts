import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { keptFiles } from "../../kept-files.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { type DescribedError, describeError } from "../../render/describe-error.js";
import { logError } from "../../render/failure.js";
import { logSize } from "../../render/size.js";
import { takeLock } from "../../take-lock.js";

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
  const { mirrors, log } = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "deleting a snapshot", flags, host, log };
  const names = new Set(words.positionals.names ?? []);
  const force = words.switches.has("force");

  const outcomes = await eachMirror(round, mirrors, async (open): Promise<Deletion> => {
    const { collection, mirror } = open;
    const whose = { mirror: mirror.id };
    const snapshots: Deletion["snapshots"][number][] = [];
    const remove = (name: string): number => {
      namedSnapshot(open, name);
      if (flags.dryRun) {
        const bytesFreed = wouldFree(open, name, force);
        log.info(`Would delete snapshot: ${name} (frees ${logSize(bytesFreed)})`, whose);
        return bytesFreed;
      }
      const removed = collection.removeSnapshot(name, {
        force,
        keep: keptFiles(mirror, collection),
      });
      for (const pointer of removed.pointersRemoved) log.warn(`Removed pointer: ${pointer}`, whose);
      log.info(`Deleted snapshot: ${name} (${logSize(removed.bytesFreed)} freed)`, whose);
      return removed.bytesFreed;
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
    if (flags.dryRun) for (const name of names) attempt(name);
    else {
      const locking = { command: verb, wait: flags.wait, host, log };
      const lock = await takeLock(collection, "store", locking);
      try {
        for (const name of names) attempt(name);
      } finally {
        lock.release();
      }
    }
    return { snapshots };
  });
  return finishRound(round, outcomes, ({ snapshots }) => {
    const failed = snapshots.find((snapshot) => !snapshot.ok);
    return { snapshots, ...(failed === undefined ? {} : { ok: false, error: failed.error }) };
  });
}

/** What a removal would free, or the error that it would end with. */
function wouldFree(open: OpenMirror, name: string, force: boolean): number {
  const { collection } = open;
  const snapshot = namedSnapshot(open, name);
  const { snapshots, unreadable } = collection.usage();
  for (const error of unreadable.values()) throw error;
  const pointers = snapshots.get(name) ?? [];
  if (!force && pointers.length > 0) {
    const message = `${name}: in use, shown by ${pointers.join(", ")}`;
    throw new CliError("ERR_CLI_IN_USE", message, { found: pointers.join(", ") });
  }
  if (!force && snapshot.protected) {
    throw new CliError("ERR_CLI_IN_USE", `${name}: protected`, { found: "protected" });
  }
  return collection.uniqueBytes(snapshot).bytes;
}
