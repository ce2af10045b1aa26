import { type Candidate, sourceOfCandidate } from "./candidate.js";
import { type NeededBy, planClosure, type Unsatisfied } from "./closure.js";
import type { LeftOutBy, PackageFilter } from "./filter.js";
import { olderVersions } from "./keep-versions.js";
import { firstOfFile } from "./same-files.js";
import { createUniverse } from "./universe.js";

/** Whether a package stays, and why. */
export type Verdict =
  | { readonly stays: true; readonly why: "picked" }
  | { readonly stays: true; readonly why: "same-file" }
  | { readonly stays: true; readonly why: "dependency"; readonly needed: NeededBy }
  | { readonly stays: false; readonly by: LeftOutBy };

/** What filters make of the packages that the indices list. */
export interface Selection {
  /** Of each package, in the order given; those of one file all stay, or none of them. */
  readonly verdicts: readonly Verdict[];
  /** Whether a package that stays was built from this source package. */
  wantsSource(name: string, version: string): boolean;
  readonly unsatisfied: readonly Unsatisfied[];
  /** Names of the package list that no index lists. */
  readonly unknown: readonly string[];
}

const PICKED: Verdict = { stays: true, why: "picked" };
const SAME_FILE: Verdict = { stays: true, why: "same-file" };

/**
 * Decides which packages stay: patterns, sections, priorities and the list pick, of those only the
 * newest versions are kept, and what they depend on is added, but never what a pattern excludes.
 *
 * @param candidates - every binary package of every index
 * @param architectures - those of the mirror; none for all
 */
export function planSelection(
  filter: PackageFilter,
  candidates: readonly Candidate[],
  architectures: readonly string[],
): Selection {
  const { filters } = filter;
  const fileOf = firstOfFile(candidates);
  const leaves = candidates.map((candidate) => filter.leaves(candidate));
  const chosen = candidates.filter((_, at) => leaves[at] === undefined);
  const installer = chosen.filter(({ index }) => index.isInstaller);
  const packages = chosen.filter(({ index }) => !index.isInstaller);
  const older = olderVersions(packages, filters.keepVersions);
  const picked = packages.filter((candidate) => !older.has(candidate));
  const { added, unsatisfied } = filters.withDependencies
    ? planClosure(createUniverse(available(candidates, filter)), picked, {
        architectures,
        recommends: filters.withRecommends,
        fileOf,
      })
    : { added: new Map<Candidate, NeededBy>(), unsatisfied: [] };

  const pickedFiles = new Set([...picked, ...installer].map(fileOf));
  const leftOut = new Map<LeftOutBy, Verdict>();
  const verdicts = candidates.map((candidate, at): Verdict => {
    const by = leaves[at] ?? (older.has(candidate) ? "keepVersions" : undefined);
    if (by === undefined) return PICKED;
    const file = fileOf(candidate);
    if (pickedFiles.has(file)) return SAME_FILE;
    const needed = added.get(file);
    if (needed) return { stays: true, why: "dependency", needed };
    // There is a verdict for each package: those that say the same are one.
    const verdict = leftOut.get(by) ?? { stays: false, by };
    leftOut.set(by, verdict);
    return verdict;
  });
  let sources: ReadonlySet<string> | undefined;
  return {
    verdicts,
    wantsSource(name, version) {
      sources ??= sourcesOf(candidates.filter((_, at) => verdicts[at]?.stays));
      return sources.has(`${name} ${version}`);
    },
    unsatisfied,
    unknown: unknownNames(filter, candidates),
  };
}

function* available(candidates: readonly Candidate[], { excludes }: PackageFilter) {
  for (const candidate of candidates) {
    if (!candidate.index.isInstaller && !excludes(candidate.name)) yield candidate;
  }
}

/** Name and version of the source packages of those that stay. */
function sourcesOf(staying: readonly Candidate[]): Set<string> {
  return new Set(staying.map((candidate) => sourceOfCandidate(candidate).join(" ")));
}

function unknownNames({ packageList }: PackageFilter, candidates: readonly Candidate[]): string[] {
  if (!packageList) return [];
  const unknown = new Set(packageList.keys());
  for (const { name } of candidates) unknown.delete(name);
  return [...unknown].sort();
}
