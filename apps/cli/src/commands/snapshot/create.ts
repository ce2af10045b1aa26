import { type Config, formatGoTime } from "@mirror/config";
import { type SealedTree, type Snapshot, SnapshotError } from "@mirror/snapshot";
import { freeSnapshotName, requireSnapshotSpace } from "@mirror/sync";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import type { Flags, Words } from "../../flags.js";
import { freeSpaceBeside } from "../../free-space.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { stagedIn } from "../../promotion.js";
import { count, logSize } from "../../render/size.js";
import { holdingStore } from "../../take-lock.js";
import { wordOf } from "../../words.js";

interface Created {
  readonly name: string;
  readonly snapshot?: Snapshot;
  readonly staged?: string;
}

/**
 * Keeps what `latest` shows under a name, for each mirror that the pattern names.
 * @returns The exit status: 1 if any failed.
 */
export async function createSnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot create";
  const opened = await openMirrors(words, {
    verb,
    writes: true,
    flags,
    host,
  });
  const { log, who } = opened;
  const round: Round = { verb, doing: "creating a snapshot", flags, host, log };
  const given = wordOf(words, "name");
  const replace = words.switches.has("force");

  const outcomes = await eachMirror(round, opened.mirrors, async (open): Promise<Created> => {
    const { mirror, collection } = open;
    const whose = { mirror: mirror.id };
    const staged = words.switches.has("stage") ? stagedIn(mirror, given ?? "NAME") : undefined;
    if (flags.dryRun) {
      const name = given ?? automaticName(open, host.now());
      const { files, bytes } = wouldKeep(open, name, replace).header();
      await requireRoom(open, opened.config, host);
      if (staged !== undefined) collection.checkSwap(staged);
      const what = `${count(files, "file")}, ${logSize(bytes)}`;
      log.info(`Would create snapshot: ${name} (${what})`, whose);
      return { name };
    }
    return await holdingStore(round, collection, async () => {
      const created = host.now();
      const name = given ?? automaticName(open, created);
      await requireRoom(open, opened.config, host);
      log.info(`Creating snapshot: ${name}`, whose);
      const snapshot = await collection.createSnapshot({
        name,
        created,
        replace,
        copy: mirror.snapshot.allowCopy,
        signal: host.signal,
      });
      log.info("Snapshot created successfully", { ...whose, facts: { snapshot: name } });
      if (snapshot.link === "foreign") {
        log.warn("snapshots: something that mirrorctl did not make has that name; no link", whose);
      }
      if (staged === undefined) return { name, snapshot };
      log.info("Publishing snapshot to staging", whose);
      await moveEnvironment(round, open, staged, snapshot, { kind: "stage", who });
      return { name, snapshot, staged };
    });
  });
  return finishRound(round, outcomes, ({ name, snapshot, staged }) => {
    const header = snapshot?.header();
    return {
      snapshot: name,
      ...(header === undefined ? {} : { created: header.created, size: sizeOf(header) }),
      ...(staged === undefined ? {} : { staged }),
    };
  });
}

/** Copies are made only where they fit; links take next to nothing. */
async function requireRoom(
  { mirror, collection }: OpenMirror,
  { minFree }: Config,
  { signal }: Host,
): Promise<void> {
  if (!mirror.snapshot.allowCopy || collection.latest() === undefined) return;
  const freeSpace = freeSpaceBeside(minFree);
  await requireSnapshotSpace({ id: mirror.id, collection, signal, freeSpace });
}

function sizeOf({ files, bytes }: { readonly files: number; readonly bytes: number }) {
  return { files, bytes };
}

/** The time by the mirror's format, with a number behind it where that name is taken. */
function automaticName({ mirror, collection }: OpenMirror, now: Date): string {
  const taken = new Set(collection.snapshots().map(({ name }) => name));
  return freeSnapshotName(formatGoTime(mirror.snapshot.nameFormat, now), taken);
}

/** What a snapshot would keep, or the error that making it would end with. */
function wouldKeep({ collection }: OpenMirror, name: string, replace: boolean): SealedTree {
  const there = collection.snapshot(name);
  const latest = collection.latest();
  if (latest === undefined) {
    throw new SnapshotError("ERR_SNAPSHOT_NO_TREE", `${collection.id}: latest shows no tree`);
  }
  if (there === undefined) return latest;
  const { path } = there;
  if (!replace) {
    throw new SnapshotError("ERR_SNAPSHOT_TREE_EXISTS", `${name}: the name is taken`, { path });
  }
  if (there.protected) {
    throw new SnapshotError("ERR_SNAPSHOT_PROTECTED", `${name}: protected`, { path });
  }
  const pointers = collection.usage().snapshots.get(name) ?? [];
  if (pointers.length === 0) return latest;
  const shown = pointers.join(", ");
  throw new SnapshotError("ERR_SNAPSHOT_IN_USE", `${name}: in use, shown by ${shown}`, { path });
}
