import type { MirrorConfig } from "@mirror/config";
import { type Collection, type Snapshot, SnapshotError } from "@mirror/snapshot";
import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { roleOf } from "../../environments.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { time } from "../../render/duration.js";
import { summarySize } from "../../render/size.js";
import { renderTable } from "../../render/table.js";

interface Listed {
  readonly name: string;
  readonly created: Date;
  /** Absent where the manifest is damaged. */
  readonly files?: number;
  readonly bytes?: number;
  /** Its manifest is damaged: it can be deleted, and nothing else. */
  readonly damaged?: true;
  /** Environments that show it, by their roles. */
  readonly shownBy: readonly string[];
  readonly protected: boolean;
  readonly rejected: boolean;
  readonly automatic: boolean;
  /** What no other tree holds; only where it was asked for. */
  readonly own?: { readonly files: number; readonly bytes: number };
}

/**
 * Lists the snapshots of the mirrors named, or all, newest first. No tree is walked unless details
 * are asked for; no lock is taken.
 * @returns The exit status: 1 if any mirror could not be read.
 */
export async function listSnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot list";
  const { mirrors, log } = await openMirrors(words, { verb, writes: false, flags, host });
  const round: Round = { verb, doing: "listing snapshots", flags, host, log };
  const detailed = words.switches.has("detailed");
  const outcomes = await eachMirror(round, mirrors, ({ mirror, collection }) => ({
    id: mirror.id,
    snapshots: listed({ mirror, collection }, detailed),
  }));
  if (!flags.json) {
    const rows = resultsOf(outcomes).flatMap(({ id, snapshots }) =>
      snapshots.map((snapshot) => rowOf(id, snapshot, detailed)),
    );
    const head = ["MIRROR", "SNAPSHOT NAME", "CREATED", "SIZE"];
    const more = detailed ? ["FILES", "OWN SIZE", "OWN FILES"] : [];
    if (rows.length > 0) {
      const right = detailed ? [3, 4, 5, 6] : [3];
      host.stdout.write(renderTable([[...head, ...more, "STATUS"], ...rows], right));
    } else if (!flags.quiet && resultsOf(outcomes).length === outcomes.length) {
      const [first] = mirrors;
      host.stdout.write(
        `No snapshots yet: mirrorctl snapshot create ${first?.mirror.id ?? "MIRROR"} takes one\n`,
      );
    }
  }
  return finishRound(round, outcomes, ({ snapshots }) => ({ snapshots }));
}

function listed({ mirror, collection }: OpenMirror, detailed: boolean): Listed[] {
  const shown = shownBy(mirror, collection);
  const snapshots = collection.snapshots().flatMap((snapshot): Listed[] => {
    const header = sizeOf(snapshot);
    if (header === undefined) return [];
    return [
      {
        name: snapshot.name,
        created: snapshot.created,
        ...header,
        shownBy: shown.get(snapshot.path) ?? [],
        protected: snapshot.protected,
        rejected: snapshot.rejected,
        automatic: snapshot.automatic,
        ...(detailed ? { own: collection.uniqueBytes(snapshot) } : {}),
      },
    ];
  });
  return snapshots.reverse();
}

/** Nothing for one that was deleted since it was listed; no sizes where the manifest is damaged. */
function sizeOf(snapshot: Snapshot): Pick<Listed, "files" | "bytes" | "damaged"> | undefined {
  try {
    const { files, bytes } = snapshot.header();
    return { files, bytes };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    if (error.code === "ERR_SNAPSHOT_BAD_MANIFEST") return { damaged: true };
    if (error.found === "ENOENT") return undefined;
    throw error;
  }
}

/** The environments that show each tree, by its path. */
function shownBy(mirror: MirrorConfig, collection: Collection): Map<string, string[]> {
  const shown = new Map<string, string[]>();
  for (const environment of [...mirror.snapshot.environments].reverse()) {
    const path = pathShown(collection, environment);
    if (path === undefined) continue;
    shown.set(path, [...(shown.get(path) ?? []), roleOf(mirror, environment)]);
  }
  return shown;
}

/** A pointer that leads nowhere, or is not ours, shows none of the snapshots. */
function pathShown(collection: Collection, environment: string): string | undefined {
  try {
    return collection.resolve(environment)?.path;
  } catch {
    return undefined;
  }
}

function rowOf(id: string, snapshot: Listed, detailed: boolean): string[] {
  const { name, created, bytes, files, own } = snapshot;
  const status = [
    ...snapshot.shownBy,
    ...(snapshot.protected ? ["protected"] : []),
    ...(snapshot.rejected ? ["rejected"] : []),
    ...(snapshot.damaged ? ["damaged"] : []),
  ];
  const size = (of: number | undefined) => (of === undefined ? "?" : summarySize(of));
  const details = [String(files ?? "?"), size(own?.bytes), String(own?.files ?? "?")];
  return [
    ...[id, name, time(created), size(bytes)],
    ...(detailed ? details : []),
    status.join(", "),
  ];
}
