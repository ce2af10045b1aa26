import type { FilterCounts, LeftOutBy } from "@mirror/sync";
import { count } from "./size.js";

const REASONS: Readonly<Record<LeftOutBy, string>> = {
  excludePatterns: "excluded by exclude_patterns",
  includePatterns: "not in include_patterns",
  sections: "not in sections",
  priorities: "not in priorities",
  packageList: "not in package_list",
  keepVersions: "older than keep_versions keeps",
  sources: "sources of none that stays",
};

/** Why a filter leaves a package out. */
export function filterReason(filter: LeftOutBy): string {
  return REASONS[filter];
}

/** `1200 of 63440 packages stay (58000 not in package_list; 900 added as dependencies)`. */
export function filterSummary({ listed, stay, added, leftOut }: FilterCounts): string {
  const parts = Object.entries(leftOut)
    .sort(([, a], [, b]) => b - a)
    .map(([filter, packages]) => `${packages} ${filterReason(filter as LeftOutBy)}`);
  const brought = added > 0 ? [`${added} added as dependencies`] : [];
  const details = [...brought, ...parts].join(", ");
  return `${stay} of ${count(listed, "package")} stay${details === "" ? "" : ` (${details})`}`;
}
