import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import type { Candidate } from "./candidate.js";
import { carriedSince } from "./carried-mark.js";
import type { DependencyField } from "./closure.js";
import { factsOf } from "./facts.js";
import { isFiltering, type LeftOutBy } from "./filter.js";
import { filtersDigest } from "./filter-report.js";
import type { IndexGroup } from "./index-group.js";
import type { Verdict } from "./plan-selection.js";
import { readCandidates, readSourceCandidates } from "./read-candidates.js";
import { repositoryPath } from "./repository-path.js";
import { candidateIndex, type PlacedIndex, selectPackages } from "./select-packages.js";
import type { Filters } from "./spec.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import { readTreeIndices, type TreeIndex } from "./tree-indices.js";
import { openTreeIndex } from "./tree-packages.js";
import type { IndexReader } from "./unpack-index.js";

/** Why a version of a package is in a tree, or is not. */
export type PackageReason =
  /** Upstream lists it, and nothing leaves it out. */
  | { readonly kind: "listed" }
  /** A filter would leave it out, but a package that stays depends on it. */
  | {
      readonly kind: "dependency";
      readonly field: DependencyField;
      readonly of: string;
      readonly version: string;
    }
  /** Another index has the same file, and there it stays. */
  | { readonly kind: "same-file" }
  /** A source package of which a binary package stays. */
  | { readonly kind: "source" }
  | { readonly kind: "filter"; readonly filter: LeftOutBy }
  /** Upstream lacks the file, which `ignoreMissing` allows. */
  | { readonly kind: "missing" }
  /** The filters given say otherwise: they are not those that the tree was made with. */
  | { readonly kind: "other-filters" };

/** One version of a package in one index of a tree. */
export interface ExplainedPackage extends IndexGroup {
  readonly version: string;
  /** As its stanza says; `source` for a source package. */
  readonly packageArchitecture: string;
  readonly isIn: boolean;
  readonly why: PackageReason;
}

/** What {@link explainPackage} found. */
export interface Explanation {
  /** Whether the filters given are those that the tree was made with. */
  readonly sameFilters: boolean;
  /** In the order of the indices; empty where no index lists the package. */
  readonly versions: readonly ExplainedPackage[];
}

/**
 * Says of every version of a package in every index of a sealed tree whether the tree holds it, and
 * why. What is in is as the manifest says; why is found by choosing again with the filters given.
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
  for (const file of tree.files()) if (!carriedSince(file)) files.set(file.path, file);
  const indices: PlacedIndex[] = [];
  for (const index of readTreeIndices(tree)) {
    const listing = await openTreeIndex(tree, asUpstream(index, files), reader);
    indices.push({ name: index.name, listing, place: placeIn(files, index.suite) });
  }
  const spec = { architectures, ...(isActive ? { filters } : {}) };
  const selected = await selectPackages(reader, spec, indices);
  const versions: ExplainedPackage[] = [];
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
    versions.push({ suite, component, architecture, version, packageArchitecture, isIn, why });
  };

  if (selected) {
    const { candidates, selection } = selected;
    for (const [at, candidate] of candidates.entries()) {
      const verdict = selection.verdicts[at];
      if (candidate.name !== name || !verdict) continue;
      explain(candidate, [candidate.path], verdict.stays, reasonOf(verdict));
    }
  }
  for (const { name: indexName, listing, place } of indices) {
    const index = candidateIndex(listing.suite, indexName);
    if (listing.kind === "sources") {
      for await (const source of readSourceCandidates(reader, listing)) {
        if (source.name !== name) continue;
        const { version } = source;
        const wanted = selected?.selection.wantsSource(name, version);
        const paths = source.paths.map(place);
        const stays = selected === undefined || paths.every((path) => selected.paths.has(path));
        explain({ index, version, architecture: "source" }, paths, stays, reasonOfSource(wanted));
      }
    } else if (!selected) {
      const options = { architectures, fields: [], place };
      for await (const one of readCandidates(reader, listing, index, options)) {
        if (one.name === name) explain(one, [one.path], true, { kind: "listed" });
      }
    }
  }
  return { sameFilters, versions };
}

/** An index as upstream has it, where clients get it rewritten: it lists what was left out too. */
function asUpstream(index: TreeIndex, files: ReadonlyMap<string, ManifestFile>): TreeIndex {
  const { path, compression } = index.rewritten?.original ?? {};
  const file = path === undefined ? undefined : files.get(path);
  return file && compression !== undefined ? { ...index, forms: [{ compression, file }] } : index;
}

type Described = Pick<Candidate, "index" | "version" | "architecture">;

function reasonOf(verdict: Verdict): PackageReason {
  if (!verdict.stays) return { kind: "filter", filter: verdict.by };
  if (verdict.why === "picked") return { kind: "listed" };
  if (verdict.why === "same-file") return { kind: "same-file" };
  const { dependent, field } = verdict.needed;
  return { kind: "dependency", field, of: dependent.name, version: dependent.version };
}

function reasonOfSource(wanted: boolean | undefined): PackageReason {
  if (wanted === undefined) return { kind: "listed" };
  return wanted ? { kind: "source" } : { kind: "filter", filter: "sources" };
}

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
