import type { Report } from "./report.js";
import { environmentsOf } from "./snapshot-layer.js";
import type { RootLayer } from "./validate.js";

/**
 * Reports a `publish_to_staging` where the path of environments is production alone: only a person
 * moves that.
 */
export function checkStaging(root: RootLayer, report: Report): void {
  for (const [id, own] of root.mirrors) {
    const table = own.publish_to_staging === undefined ? ["defaults"] : ["mirrors", id];
    const path = [...table, "publish_to_staging"];
    if ((own.publish_to_staging ?? root.defaults.publish_to_staging) !== true) continue;
    if (report.isExplained(path) || environmentsOf(own, root).length !== 1) continue;
    const fact = `mirror ${id} has one environment, and that is production`;
    const allowed = "false, or an environment before production";
    report.add(path, { code: "ERR_CONFIG_CONFLICT", fact, allowed }, true);
  }
}
