import { type Collection, type HistoryEntry, type Snapshot, SnapshotError } from "@mirror/snapshot";
import { planSnapshot, type SnapshotPlan } from "./plan-snapshot.js";
import { pruneForRoom, pruneSnapshots, type RetentionPolicy } from "./prune-snapshots.js";
import { type Run, startRun } from "./run.js";
import { freeSnapshotName } from "./snapshot-name.js";
import { requireSnapshotSpace } from "./snapshot-space.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";

/** What becomes of a mirror's snapshots after each sync. */
export interface SnapshotPolicy extends RetentionPolicy {
  /** What a snapshot taken at this time is called, unless that name is taken. */
  name(time: Date): string;
  /** Copy where hard links do not work. */
  readonly copy: boolean;
  /** The environment that shows each new snapshot; absent: none. */
  readonly stage?: string;
}

/** Options of {@link keepSnapshot}. */
export interface KeepOptions {
  /** On whose behalf, for the history. */
  readonly by: HistoryEntry["by"];
  /** What lock file and history name as the command; default `sync`. */
  readonly command?: string;
  readonly signal?: AbortSignal;
}

/** What was done. */
export interface SnapshotReport {
  readonly created?: string;
  readonly staged?: string;
  readonly pruned: readonly string[];
}

/**
 * What follows a sync, changed or not: a snapshot if there is none of what `latest` shows,
 * staging, and pruning by policy. A step that failed is taken up by the next call.
 *
 * The caller holds the collection's `sync` lock; `store` is taken here.
 *
 * @throws SnapshotError; what was done before stands
 */
export async function keepSnapshot(
  spec: MirrorSpec,
  ports: SyncPorts,
  policy: SnapshotPolicy,
  options: KeepOptions,
): Promise<SnapshotReport> {
  const { signal, command = "sync" } = options;
  const run = startRun(spec, ports, signal);
  const { collection, now } = ports;
  const latest = collection.latest();
  if (!latest) return { pruned: [] };
  const waiting = { wait: true, ...(signal ? { signal } : {}) };
  const lock = await collection.lock("store", { command, since: now() }, waiting);
  try {
    const plan = planFor(collection, latest.generation, policy.stage);
    const created = plan.create ? await createWithRoom(run, policy) : undefined;
    const staged = stagedBy(plan, collection, created);
    if (staged && policy.stage !== undefined) {
      stage(run, policy.stage, staged, { by: options.by, command });
    }
    const [failed] = pruneSnapshots(run, policy);
    if (failed) throw failed;
    return {
      ...(created ? { created: created.name } : {}),
      ...(staged ? { staged: staged.name } : {}),
      pruned: run.pruned,
    };
  } finally {
    lock.release();
  }
}

function planFor(
  collection: Collection,
  latest: string,
  environment: string | undefined,
): SnapshotPlan {
  const snapshots = collection.snapshots();
  if (environment === undefined) return planSnapshot(latest, snapshots);
  const moves = [...collection.history()].filter(({ pointer }) => pointer === environment);
  return planSnapshot(latest, snapshots, {
    shows: collection.resolve(environment)?.generation,
    moves: moves.map(({ to, at, note }) => ({ to, at, ...stagingFacts(note) })),
  });
}

/** Where space lacks for a snapshot, those that the policy does not keep go first. */
async function createWithRoom(run: Run, policy: SnapshotPolicy): Promise<Snapshot> {
  const prune = async () => pruneForRoom(run, policy);
  if (policy.copy) {
    const { spec, ports, signal } = run;
    await requireSnapshotSpace({ id: spec.id, ...ports, signal }, prune);
  }
  try {
    return await create(run, policy);
  } catch (error) {
    // Links take directories, and what file systems say to be free is not all for everybody.
    const found = error instanceof SnapshotError ? error.found : undefined;
    if (found !== "ENOSPC" && found !== "EDQUOT") throw error;
    const before = run.pruned.length;
    await prune();
    if (run.pruned.length === before) throw error;
    return await create(run, policy);
  }
}

async function create(run: Run, policy: SnapshotPolicy): Promise<Snapshot> {
  const { collection, now } = run.ports;
  const created = now();
  const taken = new Set(collection.snapshots().map((snapshot) => snapshot.name));
  const name = freeSnapshotName(policy.name(created), taken);
  run.emit({ type: "snapshot-started", name });
  const snapshot = await collection.createSnapshot({
    name,
    created,
    copy: policy.copy,
    automatic: true,
    signal: run.signal,
  });
  run.emit({ type: "snapshot-created", name });
  return snapshot;
}

/** What {@link stage}, or whoever moved an environment by hand, noted in the history. */
function stagingFacts(note: unknown): { created: string | undefined; automatic: boolean } {
  const facts: { automatic?: unknown; created?: unknown } = Object(note);
  const created = typeof facts.created === "string" ? facts.created : undefined;
  return { created, automatic: facts.automatic === true };
}

function stagedBy(
  { stage: wanted }: SnapshotPlan,
  collection: Collection,
  created: Snapshot | undefined,
): Snapshot | undefined {
  if (wanted === undefined) return undefined;
  return wanted === "new" ? created : collection.snapshot(wanted.name);
}

function stage(
  run: Run,
  environment: string,
  snapshot: Snapshot,
  { by, command }: { readonly by: HistoryEntry["by"]; readonly command: string },
): void {
  const { collection, now } = run.ports;
  run.emit({ type: "stage-started", environment, name: snapshot.name });
  // By its time the history tells this snapshot from another one of the same name.
  const note = { automatic: true, created: snapshot.created };
  const told = { kind: "stage", at: now(), by, command, note };
  const { recorded } = collection.move(environment, snapshot, told);
  if (!recorded)
    run.warn("WARN_SYNC_NOT_RECORDED", `${environment}: its move is not in the history`);
  run.emit({ type: "staged", environment, name: snapshot.name });
}
