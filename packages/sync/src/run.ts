import type { Amount, Phase, SyncEvent, SyncWarningCode } from "./events.js";
import type { SyncWarning } from "./report.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";
import type { IndexReader } from "./unpack-index.js";

/** An event before its mirror's name is put on it. */
type Unnamed<E> = E extends unknown ? Omit<E, "id"> : never;

/** What every step of one sync shares: the wish, the world, and who listens. */
export interface Run extends Fetching {
  readonly spec: MirrorSpec;
  readonly ports: SyncPorts;
  readonly warnings: SyncWarning[];
  /** Names of the snapshots that the policy did not keep, and that are gone. */
  readonly pruned: string[];
  warn(code: SyncWarningCode, message: string): void;
  /** Upstream changed meanwhile: what was warned of is forgotten, and everything begins anew. */
  restart(): void;
}

/** What it takes to fetch files and to tell of it. */
export interface Fetching {
  /** Base URLs, each ending in `/`. */
  readonly urls: readonly string[];
  readonly ports: Pick<SyncPorts, "fetcher">;
  readonly signal: AbortSignal | undefined;
  emit(event: Unnamed<SyncEvent>): void;
}

/** Begins a run; its warnings are told at once and kept for the report. */
export function startRun(spec: MirrorSpec, ports: SyncPorts, signal?: AbortSignal): Run {
  const emit = emitter(spec.id, ports);
  const warnings: SyncWarning[] = [];
  return {
    spec,
    urls: spec.urls,
    ports,
    signal,
    warnings,
    pruned: [],
    emit,
    warn(code, message) {
      warnings.push({ code, message });
      emit({ type: "warning", code, message });
    },
    restart() {
      warnings.length = 0;
      emit({ type: "restarted" });
    },
  };
}

/** Tells events of the mirror of that name. */
export function emitter(id: string, { onEvent }: Pick<SyncPorts, "onEvent">): Fetching["emit"] {
  return (event) => onEvent({ id, ...event } as SyncEvent);
}

/** What a run reads indices with. */
export function indexReader({ ports, signal }: Run): IndexReader {
  return { unpacker: ports.unpacker, signal };
}

/** Counts what a phase has done and tells it: every file at once, bytes ten times a second. */
export interface PhaseProgress {
  bytes(count: number): void;
  /** One file more is there. */
  arrived(): void;
  /** One file more failed. */
  failed(): void;
  /** Upstream lacks one file more. */
  absent(): void;
  finish(): void;
}

/** How often bytes are told, in ms. */
const TELL_EVERY = 100;

/** Announces a phase and returns its counter. */
export function startPhase(run: Pick<Fetching, "emit">, phase: Phase, work: Amount): PhaseProgress {
  const done = { files: 0, bytes: 0 };
  let failed = 0;
  let absent = 0;
  let told = 0;
  run.emit({ type: "phase-started", phase, work });
  const tell = (type: "progress" | "phase-finished") =>
    run.emit({ type, phase, done: { ...done }, failed, absent, work });
  return {
    bytes(count) {
      done.bytes += count;
      const now = performance.now();
      if (now - told < TELL_EVERY) return;
      told = now;
      tell("progress");
    },
    arrived() {
      done.files += 1;
      tell("progress");
    },
    failed() {
      failed += 1;
      tell("progress");
    },
    absent() {
      absent += 1;
      tell("progress");
    },
    finish: () => tell("phase-finished"),
  };
}
