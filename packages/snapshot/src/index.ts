export type { Collection, CollectionOptions } from "./collection.js";
export type { CreatedSnapshot, CreateSnapshotOptions } from "./create-snapshot.js";
export { SnapshotError, type SnapshotErrorCode, type SnapshotErrorFacts } from "./error.js";
export type { By, HistoryEntry } from "./history-entry.js";
export { type CollectionPaths, isHomeName } from "./layout.js";
export type { LinkReport, RefusedLink } from "./links.js";
export type { Lock, LockHolder, LockOptions } from "./lock.js";
export type { Contents, ManifestHeader } from "./manifest.js";
export type { ManifestFile } from "./manifest-file.js";
export type { MarkNote } from "./marks.js";
export type { MendedFile } from "./mend-file.js";
export type { Move, MoveOptions } from "./move.js";
export {
  type KeepReason,
  type PruneCandidate,
  type PruneFacts,
  type PrunePlan,
  type PrunePolicy,
  planPrune,
} from "./plan-prune.js";
export type { PruneOptions, PruneReport } from "./prune-snapshots.js";
export type { RemovedCollection } from "./remove-collection.js";
export type { RemovedSnapshot, RemoveSnapshotOptions } from "./remove-snapshot.js";
export { safePath } from "./safe-path.js";
export type { SealedTree } from "./sealed-tree.js";
export type { Snapshot } from "./snapshot.js";
export type { SnapshotCollection } from "./snapshot-collection.js";
export { openStore, type Store, type StoreOptions } from "./store.js";
export type { SweepReport } from "./sweep.js";
export type { TreeBuilder } from "./tree-builder.js";
export type { Space, UniqueBytes } from "./unique-bytes.js";
export type { Usage } from "./usage.js";
