import { readlinkSync } from "node:fs";
import { formatGoTime, type MirrorConfig } from "@mirror/config";
import {
  keepSnapshot,
  type RetentionPolicy,
  type SnapshotPolicy,
  type SnapshotReport,
  type SyncPorts,
  type SyncReport,
  sync,
} from "@mirror/sync";
import { stagingOf } from "./environments.js";
import type { MirrorJob } from "./mirror-job.js";
import { escapeText } from "./render/escape.js";
import { retentionOf } from "./retention.js";
import { reservedNames, showRootLinks } from "./root-links.js";
import { openPorts, type Shared } from "./sync-ports.js";
import { systemCode, withReason } from "./system-code.js";
import { type Locking, takeLock } from "./take-lock.js";
import type { Who } from "./who.js";

/** What a sync did, and what followed it where snapshots are automatic. */
export interface MirrorReport extends Omit<SyncReport, "pruned"> {
  /** What was pruned to make room for the tree counts too. */
  readonly snapshot?: SnapshotReport;
}

/** How a mirror is synced. */
export interface SyncMirrorOptions extends Locking {
  readonly who: Who;
  /** Build a new tree although nothing has changed. */
  readonly force: boolean;
  /** That the mirror may lose more than it is configured to is put on record; `job` decides it. */
  readonly allowShrink: boolean;
  /** Told when the mirror is up to date, before its snapshots are seen to. */
  onSynced(report: SyncReport): void;
}

/** Syncs one mirror under its lock, and does for its snapshots what the configuration says. */
export async function syncMirror(
  job: MirrorJob,
  shared: Shared,
  options: SyncMirrorOptions,
): Promise<MirrorReport> {
  if ("error" in job.spec) throw job.spec.error;
  const ports = openPorts(shared, job);
  const { signal } = shared.host;
  const { mirror, spec } = job;
  const links = mirror.rootShows === "latest" && { reserved: reservedNames(mirror) };
  const theirs = linkAt(ports.collection.paths.pointers);
  try {
    ports.collection.prepare();
    const lock = await takeLock(ports.collection, "sync", options);
    try {
      const retention = retentionOf(mirror, ports.collection);
      const report = await sync(spec, ports, {
        signal,
        links,
        force: options.force,
        ...(retention ? { retention } : {}),
      });
      if (report.outcome === "changed" || !isRecorded(ports, report)) {
        record(ports, options, report);
      }
      if (theirs !== undefined) sayReplaced(options, report.id, theirs);
      options.onSynced(report);
      const { pruned, ...synced } = report;
      if (!retention) return synced;
      const by = options.who;
      const policy = policyOf(mirror, retention);
      const snapshot = await keepSnapshot(spec, ports, policy, { by, signal });
      showStaged(job, ports);
      return { ...synced, snapshot: { ...snapshot, pruned: [...pruned, ...snapshot.pruned] } };
    } catch (error) {
      if (!signal.aborted) recordFailure(ports, options, error);
      throw error;
    } finally {
      lock.release();
    }
  } finally {
    shared.claims.release(mirror.id);
    await ports.fetcher.close();
  }
}

/** What a symlink in the place of the mirror's directory says; undefined where there is none. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function sayReplaced({ log }: Locking, mirror: string, theirs: string): void {
  const what = `The mirror's directory has taken the place of the link to ${escapeText(theirs)}`;
  log.info(`${what}, which is as it was`, { mirror, facts: { replaced: theirs } });
}

/** What was staged, where `root_shows` is the environment that it is staged in. */
function showStaged({ mirror }: MirrorJob, { collection }: SyncPorts): void {
  const { rootShows } = mirror;
  const shown = rootShows === stagingOf(mirror) ? collection.resolve(rootShows) : undefined;
  if (shown !== undefined) showRootLinks(mirror, collection, shown);
}

function policyOf(mirror: MirrorConfig, retention: RetentionPolicy): SnapshotPolicy {
  const { nameFormat, allowCopy, environments } = mirror.snapshot;
  const [first] = environments;
  return {
    ...retention,
    name: (time) => formatGoTime(nameFormat, time),
    copy: allowCopy,
    ...(mirror.publishToStaging && first !== undefined ? { stage: first } : {}),
  };
}

/** A sync that was killed after its switch left a tree that is not on record. */
function isRecorded({ collection }: SyncPorts, { generation }: SyncReport): boolean {
  for (const { kind, to } of collection.history())
    if (kind === "sync" && to === generation) return true;
  return false;
}

function record(
  { collection, now }: SyncPorts,
  options: SyncMirrorOptions,
  { generation, packages, downloaded }: SyncReport,
): void {
  const message = `${packages} packages, ${downloaded.files} files downloaded`;
  const note = { message, packages, downloaded, ...overridden(options) };
  const { who, command } = options;
  collection.record({ at: now(), kind: "sync", by: who, command, to: generation, note });
}

/** What was said to be done all the same, for those who ask why a tree is as it is. */
function overridden({ force, allowShrink }: SyncMirrorOptions) {
  return { ...(force ? { force } : {}), ...(allowShrink ? { allowShrink } : {}) };
}

/** What failed says more than a history that cannot be written. */
function recordFailure(
  { collection, now }: SyncPorts,
  options: SyncMirrorOptions,
  error: unknown,
): void {
  const message = escapeText(error instanceof Error ? withReason(error.message) : String(error));
  const code = error instanceof Error ? systemCode(error) : undefined;
  try {
    const note = { code, message: message.slice(0, 500), ...overridden(options) };
    const { who, command } = options;
    collection.record({ at: now(), kind: "sync-failed", by: who, command, note });
  } catch {
    // A full or read-only disk.
  }
}
