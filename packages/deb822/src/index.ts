export { type AptSource, parseAptSources } from "./apt-sources.js";
export { type ArchitectureTuple, architectureTuple, matchesArchitecture } from "./architecture.js";
export { type Buildinfo, parseBuildinfo } from "./buildinfo.js";
export { type Changes, type ChangesFile, parseChanges } from "./changes.js";
export {
  type ControlBinary,
  type ControlSource,
  type DebianControl,
  parseControl,
} from "./control.js";
export { parseDate } from "./date.js";
export { type DiffFile, type DiffIndex, parseDiffIndex } from "./diff-index.js";
export type { Algorithm, Digests } from "./digests.js";
export { type Dsc, parseDsc } from "./dsc.js";
export { type EditableFile, type EditableStanza, editStanzas } from "./edit.js";
export { Deb822Error, type Deb822ErrorCode, type Deb822ErrorFacts } from "./error.js";
export { wordsOf } from "./fields.js";
export { fold, formatMultiline, type MultilineValue, parseMultiline, unfold } from "./multiline.js";
export { type PackageListEntry, parsePackageList } from "./package-list.js";
export { type PackageEntry, packageEntry, readPackageBatches, readPackages } from "./packages.js";
export { parseStanzas, readStanzas } from "./read.js";
export type { ReadOptions } from "./read-options.js";
export {
  formatRelations,
  type Operator,
  type PackageRelation,
  parseRelations,
  type Relation,
  type RestrictionTerm,
  relationApplies,
  type SubstitutionVariable,
  satisfies,
  type VersionConstraint,
} from "./relation.js";
export { relationField, type SourceReference, sourceOf } from "./relation-field.js";
export { parseRelease, type Release, type ReleaseFile } from "./release.js";
export type { SourceFile } from "./source-files.js";
export { readSourceBatches, readSources, type SourceEntry, sourceEntry } from "./sources.js";
export type { Stanza } from "./stanza.js";
export type { Chunk } from "./stanza-splitter.js";
export { type Conffile, readStatus, type StatusEntry } from "./status.js";
export { compareVersions, parseVersion, sortVersions, type Version } from "./version.js";
export { createStanza, type FieldSource, formatStanza, formatStanzas } from "./write.js";
