import type { MarkNote, SealedTree, Snapshot } from "@mirror/snapshot";
import type { Round } from "../../each-mirror.js";
import { capitalised, productionOf, roleOf } from "../../environments.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import { hasShown } from "../../has-shown.js";
import type { Host } from "../../host.js";
import { moveTogether } from "../../move-together.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { onRecord } from "../../on-record.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { isOlder, warnOfOlder } from "./going-back.js";

/**
 * Lets production show again what it showed before. Checks only that the tree is whole in its
 * manifest, and waits for nothing. The snapshot that it leaves is marked as rejected.
 * @returns The exit status: 1 if any failed; then none has moved, unless the move itself failed.
 */
export async function rollBack(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot rollback";
  const reissuing = words.switches.has("reissue")
    ? (await import("./reissue.js")).openReissue(host)
    : undefined;
  const read = reissuing?.read;
  const opened = await openMirrors(words, {
    verb,
    writes: true,
    flags,
    host,
    ...(read && { read }),
  });
  const { log, who } = opened;
  const round: Round = { verb, doing: "rolling back", flags, host, log };
  return await moveTogether(round, opened, {
    allOrNone: true,
    ...(reissuing ? { judge: reissuing.judge } : {}),
    choose(open, shown) {
      const { mirror } = open;
      const environment = productionOf(mirror);
      const role = roleOf(mirror, environment);
      const now = shown(environment);
      const stopped = words.values.to === undefined && wasStopped(open, environment, now);
      const snapshot = stopped || goal(open, environment, now, words.values.to);
      const make = stopped ? undefined : reissuing?.of(round, open, snapshot);
      return {
        environment,
        snapshot,
        reason: {
          kind: "rollback",
          withdraw: true,
          ...(make ? { note: { reissue: snapshot.name } } : {}),
        },
        says: {
          begin: `Rolling ${role} back for ${mirror.id}`,
          wouldBe: `Would roll ${role} back to ${snapshot.name}`,
        },
        ...(stopped ? { again: true } : {}),
        ...(make ? { make, facts: { reissue: snapshot.name } } : {}),
        before(left) {
          if (left === undefined || stopped || left.path === snapshot.path) return undefined;
          // Before: what is left must not be promoted again although this is stopped right here.
          return markRejected(round, open, left, { at: host.now(), by: who, command: verb });
        },
        after(left) {
          if (make || left === undefined || !isOlder(snapshot, left)) return;
          warnOfOlder(log, mirror.id, snapshot);
        },
      };
    },
  });
}

/**
 * What production shows, if a rollback to it was stopped before it was put on record: the one that
 * is on record as shown is marked as rejected then. It is carried to its end first.
 */
function wasStopped(
  { collection }: OpenMirror,
  environment: string,
  shown: SealedTree | undefined,
): Snapshot | undefined {
  const recorded = onRecord(collection, environment);
  if (shown === undefined || recorded === undefined || recorded === shown.generation)
    return undefined;
  if (collection.snapshot(recorded)?.rejected !== true) return undefined;
  const snapshot = collection.snapshot(shown.generation);
  return snapshot?.path === shown.path ? snapshot : undefined;
}

/** A full disk takes no mark, and keeps nobody from going back. Returns how to take it back. */
function markRejected(
  { log }: Round,
  { mirror, collection }: OpenMirror,
  left: SealedTree,
  note: MarkNote,
): (() => void) | undefined {
  const whose = { mirror: mirror.id };
  try {
    if (collection.snapshot(left.generation)?.rejected !== false) return undefined;
    collection.reject(left.generation, note);
    log.info(`Marked as rejected: ${left.generation}`, whose);
    return () => collection.unreject(left.generation);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`${left.generation} could not be marked as rejected: ${reason}`, whose);
    return undefined;
  }
}

/**
 * The snapshot to go back to: one that this environment has shown, and without a name the last of
 * them that nobody went back from.
 * @throws CliError ERR_CLI_NOTHING_BEFORE, ERR_CLI_NOT_SHOWN_BEFORE, ERR_CLI_UNKNOWN_SNAPSHOT.
 */
function goal(
  open: OpenMirror,
  environment: string,
  shown: SealedTree | undefined,
  name: string | undefined,
): Snapshot {
  const { mirror, collection } = open;
  const { id } = mirror;
  const role = capitalised(roleOf(mirror, environment));
  if (name !== undefined) {
    const snapshot = namedSnapshot(open, name);
    if (hasShown(collection, environment, snapshot)) return snapshot;
    throw new CliError("ERR_CLI_NOT_SHOWN_BEFORE", `${role} has never shown ${name}`, {
      found: name,
      suggestion: `mirrorctl snapshot publish ${id} ${name} shows it there, if the gate lets it`,
    });
  }
  const issuedAnew = reissueOf(open, environment, shown);
  for (const before of collection.shownBefore(environment)) {
    if (before === issuedAnew) continue;
    const snapshot = before === shown?.generation ? undefined : collection.snapshot(before);
    if (snapshot === undefined || snapshot.rejected) continue;
    if (hasShown(collection, environment, snapshot) || isPrevious(open, environment, snapshot))
      return snapshot;
  }
  const message = `${role} has shown no other snapshot that is there`;
  throw new CliError("ERR_CLI_NOTHING_BEFORE", message, {
    suggestion: `mirrorctl snapshot list ${id}, then mirrorctl snapshot publish ${id} NAME`,
  });
}

/** The snapshot that was issued anew as what is shown now: to go back to that goes nowhere. */
function reissueOf(
  { collection }: OpenMirror,
  environment: string,
  shown: SealedTree | undefined,
): string | undefined {
  let of: string | undefined;
  for (const { pointer, to, note } of collection.history()) {
    if (pointer !== environment || to !== shown?.generation) continue;
    const { reissue } = (note ?? {}) as { readonly reissue?: unknown };
    of = typeof reissue === "string" ? reissue : undefined;
  }
  return of;
}

/** Where the history is lost, what lies beside the pointer still tells what it showed. */
function isPrevious({ collection }: OpenMirror, environment: string, snapshot: Snapshot): boolean {
  for (const { pointer } of collection.history()) if (pointer === environment) return false;
  const shownBy = collection.usage().snapshots.get(snapshot.name) ?? [];
  return shownBy.some((path) => path.endsWith(".previous"));
}
