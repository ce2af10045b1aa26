import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import type { Candidate } from "./candidate.js";
import { type CarriedSince, carriedSince } from "./carried-mark.js";
import {
  type Carried,
  type CarriedVersion,
  carriedOf,
  carriedVersions,
} from "./carried-version.js";
import { factsOf } from "./facts.js";
import { filtersDigest } from "./filter-report.js";
import type { IndexGroup } from "./index-group.js";
import { isFiltering } from "./is-filtering.js";
import {
  type ListedSource,
  pathsThatStay,
  readListedPackages,
  readListedSources,
} from "./listed-packages.js";
import { type PackageReason, reasonOf, reasonOfSource } from "./package-reason.js";
import { repositoryPath } from "./repository-path.js";
import { type PlacedIndex, selectPackages } from "./select-packages.js";
import type { Filters } from "./spec.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import { readTreeIndices, type TreeIndex } from "./tree-indices.js";
import { openTreeIndex } from "./tree-packages.js";
import type { IndexReader } from "./unpack-index.js";

/** One version of a package in one index of a tree. */
export interface ExplainedPackage extends IndexGroup {
  readonly version: string;
  /** As its stanza says; `source` for a source package. */
  readonly packageArchitecture: string;
  readonly isIn: boolean;
  readonly why: PackageReason;
  /** Where it is not in, but the tree carries its file along: clients may still ask for it. */
  readonly carried?: Carried;
}

/** What {@link explainPackage} found. */
export interface Explanation {
  /** Whether the filters given are those that the tree was made with. */
  readonly sameFilters: boolean;
  /** In the order of the indices; empty where no index lists the package. */
  readonly versions: readonly ExplainedPackage[];
  /** Versions that left upstream, and so are in no index, of which the tree carries the file. */
  readonly left: readonly CarriedVersion[];
}

/**
 * Says of every version of a package in every index of a sealed tree whether the tree holds it, and
 * why; and which versions it carries along that left upstream. What is in is as the manifest says;
 * why is found by choosing again with the filters given.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX for a damaged index, ERR_SYNC_BAD_FILTER
 */
export async function explainPackage(
  tree: SealedTree,
  filters: Filters | undefined,
  name: string,
  reader: IndexReader,
): Promise<Explanation> {
  const facts = factsOf(tree);
  const { architectures = [], ignoredMissing = [] } = facts ?? {};
  const isActive = filters !== undefined && isFiltering(filters);
  const sameFilters = facts?.filters?.settings === (isActive ? filtersDigest(filters) : undefined);
  const files = new Map<string, ManifestFile>();
  const carried = new Map<string, CarriedSince>();
  for (const file of tree.files()) {
    const since = carriedSince(file);
    if (since) carried.set(file.path, since);
    else files.set(file.path, file);
  }
  const indices: PlacedIndex[] = [];
  for (const index of readTreeIndices(tree)) {
    const listing = await openTreeIndex(tree, asUpstream(index, files), reader);
    indices.push({ name: index.name, listing, place: placeIn(files, index.suite) });
  }
  const spec = { architectures, ...(isActive ? { filters } : {}) };
  const selected = await selectPackages(reader, spec, indices);
  const versions: ExplainedPackage[] = [];
  const listed = new Set<string>();
  const explain = (
    { index, version, architecture: packageArchitecture }: Described,
    paths: readonly string[],
    stays: boolean,
    expected: PackageReason,
  ) => {
    const { suite, component, architecture } = index;
    const isIn = paths.every((path) => files.has(path));
    const missing = !isIn && stays && paths.some((path) => ignoredMissing.includes(path));
    const other: PackageReason = { kind: missing ? "missing" : "other-filters" };
    const why = isIn === stays ? expected : other;
    for (const path of paths) listed.add(path);
    const [since] = paths.flatMap((path) => carried.get(path) ?? []);
    versions.push({
      ...{ suite, component, architecture, version, packageArchitecture, isIn, why },
      ...(since ? { carried: carriedOf(since) } : {}),
    });
  };

  if (selected) {
    const { candidates, selection } = selected;
    for (const [at, candidate] of candidates.entries()) {
      const verdict = selection.verdicts[at];
      if (candidate.name !== name || !verdict) continue;
      explain(candidate, [candidate.path], verdict.stays, reasonOf(verdict));
    }
  } else {
    for await (const one of readListedPackages(reader, indices, architectures))
      if (one.name === name) explain(one, [one.path], true, { kind: "listed" });
  }
  const sources: ListedSource[] = [];
  for await (const source of readListedSources(reader, indices))
    if (source.name === name) sources.push(source);
  const paths = sources.flatMap((source) => source.paths);
  const staying = selected && (await pathsThatStay(reader, selected, indices, paths));
  for (const { index, version, paths: own } of sources) {
    const isWanted = selected?.selection.wantsSource(name, version);
    const stays = staying === undefined || own.every((path) => staying.has(path));
    explain({ index, version, architecture: "source" }, own, stays, reasonOfSource(isWanted));
  }
  // What an index lists has not left upstream, whatever took it out of the tree.
  for (const path of listed) carried.delete(path);
  return { sameFilters, versions, left: carriedVersions(name, carried) };
}

/** An index as upstream has it, where clients get it rewritten: it lists what was left out too. */
function asUpstream(index: TreeIndex, files: ReadonlyMap<string, ManifestFile>): TreeIndex {
  const { path, compression } = index.rewritten?.original ?? {};
  const file = path === undefined ? undefined : files.get(path);
  return file && compression !== undefined ? { ...index, forms: [{ compression, file }] } : index;
}

type Described = Pick<Candidate, "index" | "version" | "architecture">;

/** Where the files of a suite lie: those of a flat one below the base, or below itself. */
function placeIn(
  files: ReadonlyMap<string, ManifestFile>,
  suite: string,
): (written: string) => string {
  const directory = isFlat(suite) ? suiteDirectory(suite) : "";
  return (written) => {
    const path = repositoryPath(written, suite);
    return directory !== "" && !files.has(path) && files.has(directory + path)
      ? directory + path
      : path;
  };
}
