import type { IndexGroup } from "./index-group.js";

/** An index as selection knows it. */
export interface CandidateIndex extends IndexGroup {
  /** Its packages are for the installer, which has no sections, priorities and dependencies. */
  readonly isInstaller: boolean;
}

/** A binary package as an index lists it: what decides whether it stays. Unread fields are empty. */
export interface Candidate {
  readonly index: CandidateIndex;
  readonly name: string;
  readonly version: string;
  /** As its stanza says. */
  readonly architecture: string;
  /** In the tree. */
  readonly path: string;
  readonly section: string;
  readonly priority: string;
  /** As written; empty where it is the package's own name. */
  readonly source: string;
  readonly multiArch: string;
  readonly depends: string;
  readonly preDepends: string;
  readonly recommends: string;
  readonly provides: string;
}

const SOURCE = /^([^\s()]+)(?:\s*\(([^\s()]+)\))?/;

/** Name and version of the source package that a binary package was built from. */
export function sourceOfCandidate({ name, version, source }: Candidate): [string, string] {
  const [, sourceName = name, sourceVersion = version] = SOURCE.exec(source) ?? [];
  return [sourceName, sourceVersion];
}
