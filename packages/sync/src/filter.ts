import { compareVersions } from "@mirror/deb822";
import { RE2JS, RE2JSException } from "re2js";
import type { Candidate } from "./candidate.js";
import { SyncError } from "./error.js";
import { isFiltering } from "./is-filtering.js";
import { type ListedPackage, type PackageList, parsePackageList } from "./package-list.js";
import type { Filters } from "./spec.js";

/** What leaves a package out; `sources`: its binary packages do not stay. */
export type LeftOutBy =
  | "excludePatterns"
  | "includePatterns"
  | "sections"
  | "priorities"
  | "packageList"
  | "keepVersions"
  | "sources";

/** Filters ready to be asked. */
export interface PackageFilter {
  readonly filters: Filters;
  /** Undefined where there is none. */
  readonly packageList: PackageList | undefined;
  /** Whether a pattern says that packages of this name never stay. */
  excludes(name: string): boolean;
  /** The first filter that does not pick the package; of the installer's, patterns alone count. */
  leaves(candidate: Candidate): LeftOutBy | undefined;
}

/**
 * Makes filters ready; undefined where none of them leaves anything out.
 *
 * @throws SyncError ERR_SYNC_BAD_FILTER for a pattern that does not compile, or a bad package list
 */
export function compileFilters(filters: Filters | undefined): PackageFilter | undefined {
  if (!filters || !isFiltering(filters)) return undefined;
  const excludes = anyOf(filters.excludePatterns);
  const includes = anyOf(filters.includePatterns);
  const sections = new Set(filters.sections);
  const priorities = new Set(filters.priorities);
  const list =
    filters.packageList === undefined ? undefined : parsePackageList(filters.packageList);
  return {
    filters,
    packageList: list,
    excludes,
    leaves(candidate) {
      const { name, section, priority, index } = candidate;
      if (excludes(name)) return "excludePatterns";
      if (filters.includePatterns.length > 0 && !includes(name)) return "includePatterns";
      if (index.isInstaller) return undefined;
      if (sections.size > 0 && !hasSection(sections, section)) return "sections";
      if (priorities.size > 0 && !priorities.has(priority)) return "priorities";
      if (list && !list.get(name)?.some((one) => isListed(one, candidate))) return "packageList";
      return undefined;
    },
  };
}

/** One answer for a name: the indices of all suites and architectures list it again and again. */
function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const compiled = patterns.map(compile);
  if (compiled.length === 0) return () => false;
  return (name) => compiled.some((pattern) => pattern.test(name));
}

/** An expression whose time is linear in the name: upstream chooses the names. */
function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    const message = `${JSON.stringify(pattern)} is no pattern: ${cause.message}`;
    throw new SyncError("ERR_SYNC_BAD_FILTER", message, { found: pattern, cause });
  }
}

function hasSection(sections: ReadonlySet<string>, section: string): boolean {
  return sections.has(section) || sections.has(section.slice(section.lastIndexOf("/") + 1));
}

function isListed(listed: ListedPackage, { version, architecture }: Candidate): boolean {
  const rightArchitecture =
    listed.architecture === undefined || [listed.architecture, "all"].includes(architecture);
  return (
    rightArchitecture &&
    (listed.version === undefined || compareVersions(listed.version, version) === 0)
  );
}
