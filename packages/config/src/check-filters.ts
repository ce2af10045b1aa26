import type { Report } from "./report.js";
import type { RootLayer } from "./validate.js";

/** Reports a `with_recommends` of a mirror that does not take dependencies: it would do nothing. */
export function checkFilters(root: RootLayer, report: Report): void {
  for (const [id, own] of root.mirrors) {
    const filters = { ...root.defaults.filters, ...own.filters };
    if (filters.with_recommends !== true || filters.with_dependencies === true) continue;
    const table = own.filters?.with_recommends === undefined ? ["defaults"] : ["mirrors", id];
    const path = [...table, "filters", "with_recommends"];
    const other = ["filters", "with_dependencies"];
    const paths = [path, ["defaults", ...other], ["mirrors", id, ...other]];
    if (paths.some((one) => report.isExplained(one))) continue;
    const fact = `mirror ${id} has no with_dependencies, without which it does nothing`;
    report.add(path, { code: "ERR_CONFIG_CONFLICT", fact, found: null });
  }
}
