import type { SealedTree, Snapshot } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { capitalised, productionOf, roleOf } from "../../environments.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { checkManifest, namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { takeLock } from "../../take-lock.js";
import { isOlder, warnOfOlder } from "./going-back.js";

/**
 * Lets production show again what it showed before. Checks only that the tree is whole in its
 * manifest, and waits for nothing. The snapshot that it leaves is marked as rejected.
 * @returns The exit status: 1 if any failed; then none has moved, unless the move itself failed.
 */
export async function rollBack(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot rollback";
  const { mirrors, log, who } = await openMirrors(words, { verb, writes: true, flags, host });
  const round: Round = { verb, doing: "rolling back", flags, host, log };

  const checked = await eachMirror(round, mirrors, (open) => {
    const environment = productionOf(open.mirror);
    const shown = shownNow(open, environment);
    const snapshot = target(open, environment, shown, words.values.to);
    checkManifest(snapshot);
    open.collection.checkSwap(environment);
    return { ...open, environment, snapshot, shown };
  });
  const passed = resultsOf(checked);
  if (passed.length < checked.length) {
    if (passed.length > 0) log.warn("nothing was rolled back, as not every mirror can be");
    return finishRound(round, checked, ({ snapshot, shown }) => ({
      from: shown?.generation ?? null,
      to: snapshot.name,
      moved: false,
    }));
  }

  const outcomes = await eachMirror(round, passed, async (move) => {
    const { mirror, collection, environment, snapshot, shown } = move;
    const facts = { from: shown?.generation ?? null, to: snapshot.name };
    const role = roleOf(mirror, environment);
    const whose = { mirror: mirror.id };
    if (shown?.path === snapshot.path) {
      log.info(`${capitalised(role)} shows ${snapshot.name} already`, whose);
      return { ...facts, moved: false };
    }
    if (flags.dryRun) {
      log.info(`Would roll ${role} back to ${snapshot.name}`, whose);
      return { ...facts, moved: false };
    }
    log.info(`Rolling ${role} back for ${mirror.id}`, { ...whose, named: true });
    const lock = await takeLock(collection, "store", {
      command: verb,
      wait: flags.wait,
      host,
      log,
    });
    try {
      namedSnapshot(move, snapshot.name);
      const reason = { kind: "rollback", who, withdraw: true } as const;
      await moveEnvironment(round, move, environment, snapshot, reason);
      if (shown !== undefined) reject(move, shown, { at: host.now(), by: who, command: verb });
      if (shown !== undefined && isOlder(snapshot, shown)) warnOfOlder(log, mirror.id);
    } finally {
      lock.release();
    }
    return { ...facts, moved: true };
  });
  return finishRound(round, outcomes, (facts) => facts);

  /** A full disk takes no mark, and keeps nobody from going back. */
  function reject(
    { mirror, collection }: OpenMirror,
    left: SealedTree,
    note: Parameters<OpenMirror["collection"]["reject"]>[1],
  ): void {
    try {
      if (collection.snapshot(left.generation) === undefined) return;
      collection.reject(left.generation, note);
      log.info(`Marked as rejected: ${left.generation}`, { mirror: mirror.id });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`${left.generation} could not be marked as rejected: ${reason}`, {
        mirror: mirror.id,
      });
    }
  }
}

/** What production shows; nothing where its tree is gone, which is what a rollback is for. */
function shownNow({ collection }: OpenMirror, environment: string): SealedTree | undefined {
  try {
    return collection.resolve(environment);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SNAPSHOT_DANGLING_POINTER")
      return undefined;
    throw error;
  }
}

/** @throws CliError ERR_CLI_NOTHING_BEFORE, ERR_CLI_UNKNOWN_SNAPSHOT */
function target(
  open: OpenMirror,
  environment: string,
  shown: SealedTree | undefined,
  name: string | undefined,
): Snapshot {
  const { mirror, collection } = open;
  if (name !== undefined) return namedSnapshot(open, name);
  for (const before of collection.shownBefore(environment)) {
    if (before === shown?.generation) continue;
    const snapshot = collection.snapshot(before);
    if (snapshot !== undefined) return snapshot;
  }
  const role = capitalised(roleOf(mirror, environment));
  throw new CliError(
    "ERR_CLI_NOTHING_BEFORE",
    `${role} has shown no other snapshot that is there`,
    {
      suggestion: `mirrorctl snapshot list ${mirror.id}, then mirrorctl snapshot rollback ${mirror.id} --to NAME`,
    },
  );
}
