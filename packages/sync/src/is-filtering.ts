import type { Filters } from "./spec.js";

/** Whether any of them leaves packages out. */
export function isFiltering(filters: Filters): boolean {
  const { excludePatterns, includePatterns, sections, priorities } = filters;
  const chosen = [excludePatterns, includePatterns, sections, priorities];
  return (
    chosen.some(({ length }) => length > 0) ||
    filters.packageList !== undefined ||
    filters.keepVersions > 0
  );
}
