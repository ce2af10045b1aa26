export { type DryRunOptions, dryRun } from "./dry-run.js";
export { SyncError, type SyncErrorCode, type SyncErrorFacts } from "./error.js";
export type { Amount, Phase, SyncEvent, SyncWarningCode } from "./events.js";
export type { SuiteFacts, TreeFacts } from "./facts.js";
export { createUnpacker, type Unpacker } from "./ports/unpack.js";
export type { DryRunReport, SuiteReport, SyncReport, SyncWarning } from "./report.js";
export type { FreeSpace, Freshness, IndexKinds, MirrorSpec, SyncPorts, Trust } from "./spec.js";
export { type SyncOptions, sync } from "./sync.js";
