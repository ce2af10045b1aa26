import type { Report } from "./report.js";
import { closest } from "./suggest.js";
import type { RootLayer } from "./validate.js";

/** Reports each `frozen` suite that its mirror does not have among its `suites`. */
export function checkFrozen(root: RootLayer, report: Report): void {
  for (const [id, own] of root.mirrors) {
    const table = own.frozen === undefined ? ["defaults"] : ["mirrors", id];
    const path = [...table, "frozen"];
    const { suites, frozen = [] } = { ...root.defaults, ...own };
    const paths = [path, ["mirrors", id, "suites"], ["defaults", "suites"]];
    if (suites === undefined || paths.some((one) => report.isExplained(one))) continue;
    for (const [index, suite] of frozen.entries()) {
      if (suites.includes(suite)) continue;
      const fact = `mirror ${id} has no such suite`;
      const allowed = suites.map((one) => JSON.stringify(one)).join(" or ");
      const suggestion = closest(suite, suites);
      const fault = { code: "ERR_CONFIG_BAD_VALUE", allowed, fact } as const;
      report.add(
        [...path, index],
        suggestion === undefined ? fault : { ...fault, suggestion },
        suite,
      );
    }
  }
}
