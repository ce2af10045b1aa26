export type { Carried, CarriedVersion } from "./carried-version.js";
export { checkFilters } from "./check-filters.js";
export type { DependencyField, Unsatisfied } from "./closure.js";
export { countPackages, type HeldGroup, type TreeCounts } from "./count-packages.js";
export {
  type DiffOptions,
  diffPackages,
  type PackageDiff,
  type PackageVersion,
  type VersionChange,
} from "./diff.js";
export { diffFiles } from "./diff-files.js";
export { diffTrees, type GroupDiff, type TreeDiff } from "./diff-trees.js";
export { createDigestCache, type DigestCache } from "./digest-cache.js";
export { type DryRunOptions, dryRun } from "./dry-run.js";
export { SyncError, type SyncErrorCode, type SyncErrorFacts } from "./error.js";
export type { Amount, Phase, SyncEvent, SyncWarningCode } from "./events.js";
export {
  type ExplainedPackage,
  type Explanation,
  explainPackage,
} from "./explain-package.js";
export type { IndexFacts, ResignedFacts, RewrittenFacts, SuiteFacts, TreeFacts } from "./facts.js";
export type { LeftOutBy } from "./filter.js";
export type { FilterCounts, FilterFacts, FilterReport } from "./filter-report.js";
export {
  type GateCase,
  type GatePolicy,
  type GateRefusal,
  type GateVerdict,
  judgeGate,
} from "./gate.js";
export type { IndexGroup, NamedIndex } from "./index-group.js";
export { isDamage } from "./is-damage.js";
export {
  type KeepOptions,
  keepSnapshot,
  type SnapshotPolicy,
  type SnapshotReport,
} from "./keep-snapshot.js";
export type { LeftOut } from "./listing-tally.js";
export type { SpacePlace } from "./no-space.js";
export type { PackageReason } from "./package-reason.js";
export { addSpace, type Deletable, planSpace, type SpacePlan } from "./plan-space.js";
export { createDigester, type Digester } from "./ports/digester.js";
export { type FileSystemSpace, readFreeSpace } from "./ports/free-space.js";
export { createPacker, type Packer } from "./ports/pack.js";
export { createUnpacker, type Unpacker } from "./ports/unpack.js";
export { previewRepair } from "./preview-repair.js";
export type { RetentionPolicy } from "./prune-snapshots.js";
export { generationName } from "./publish.js";
export {
  filterCountsOf,
  lastChecked,
  packagesOf,
  scopeOf,
  suitesOf,
  topDirectoriesOf,
} from "./published.js";
export { publishedKeyOf } from "./published-key.js";
export { checkReissue, type ReissueOptions, reissueTree } from "./reissue-tree.js";
export type {
  RepairedContent,
  RepairedName,
  RepairReport,
  RepairSource,
  TreeName,
} from "./repair-report.js";
export { type RepairOptions, type RepairPorts, repairTrees } from "./repair-trees.js";
export type { DryRunReport, SuiteReport, SyncReport, SyncWarning } from "./report.js";
export {
  type LocateOptions,
  openReuseDirectory,
  type ReuseDirectory,
  type SoughtFile,
} from "./reuse-directory.js";
export { freeSnapshotName } from "./snapshot-name.js";
export { requireSnapshotSpace } from "./snapshot-space.js";
export type {
  Elsewhere,
  Filters,
  FreeSpace,
  Freshness,
  IndexKinds,
  MirrorSpec,
  Sign,
  SyncPorts,
  TraceSpec,
  Trust,
} from "./spec.js";
export { type SyncOptions, sync } from "./sync.js";
export { type IndexForm, readTreeIndices, type TreeIndex } from "./tree-indices.js";
export { readTreePackages, type TreePackage } from "./tree-packages.js";
export type { IndexReader } from "./unpack-index.js";
export type {
  GroupCount,
  TreeFaultCode,
  TreeProblem,
  TreeProblemCode,
  TreeVerification,
  TreeWarning,
  TreeWarningCode,
  VerifyProgress,
  VerifyTreeOptions,
} from "./verification.js";
export { damagedContents, verifyAgain } from "./verify-again.js";
export { verifyTree } from "./verify-tree.js";
