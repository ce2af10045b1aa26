import { formatGoTime } from "@mirror/config";
import type { Snapshot } from "@mirror/snapshot";
import { freeSnapshotName } from "@mirror/sync";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import { stagingOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { moveEnvironment } from "../../move-environment.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { count, logSize } from "../../render/size.js";
import { takeLock } from "../../take-lock.js";
import { requiredWord, wordOf } from "../../words.js";

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
  const opened = await openMirrors([requiredWord(words, "id")], {
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
    if (flags.dryRun) {
      const name = given ?? automaticName(open, host.now());
      const latest = collection.latest();
      const { files, bytes } = latest?.header() ?? { files: 0, bytes: 0 };
      const what = `${count(files, "file")}, ${logSize(bytes)}`;
      log.info(`Would create snapshot: ${name} (${what})`, whose);
      return { name };
    }
    const lock = await takeLock(collection, "store", {
      command: verb,
      wait: flags.wait,
      host,
      log,
    });
    try {
      const created = host.now();
      const name = given ?? automaticName(open, created);
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
      if (!words.switches.has("stage")) return { name, snapshot };
      const staged = stagingOf(mirror);
      log.info("Publishing snapshot to staging", whose);
      moveEnvironment(round, open, staged, snapshot, { kind: "stage", who });
      return { name, snapshot, staged };
    } finally {
      lock.release();
    }
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

function sizeOf({ files, bytes }: { readonly files: number; readonly bytes: number }) {
  return { files, bytes };
}

/** The time by the mirror's format, with a number behind it where that name is taken. */
function automaticName({ mirror, collection }: OpenMirror, now: Date): string {
  const taken = new Set(collection.snapshots().map(({ name }) => name));
  return freeSnapshotName(formatGoTime(mirror.snapshot.nameFormat, now), taken);
}
