import type { Report } from "./report.js";
import { environmentsOf } from "./snapshot-layer.js";
import { closest } from "./suggest.js";
import type { RootLayer } from "./validate.js";

/** Reports a `root_shows` that is no environment of its mirror, once where it stands. */
export function checkRootShows(root: RootLayer, report: Report): void {
  for (const [id, own] of root.mirrors) {
    const table = own.root_shows === undefined ? ["defaults"] : ["mirrors", id];
    const path = [...table, "root_shows"];
    const shown = own.root_shows ?? root.defaults.root_shows ?? "latest";
    const tables = [[], ["defaults"], ["mirrors", id]];
    const environmentsUnknown = tables.some((one) =>
      report.isExplained([...one, "snapshot", "environments"]),
    );
    if (shown === "latest" || environmentsUnknown || report.isExplained(path)) continue;
    const environments = environmentsOf(own, root);
    const values = ["latest", ...environments.filter((one) => !one.startsWith("/"))];
    if (values.includes(shown)) continue;
    const fact = shown.startsWith("/")
      ? "an environment elsewhere cannot be shown"
      : `mirror ${id} has no such environment`;
    const allowed = values.map((value) => JSON.stringify(value)).join(" or ");
    const suggestion = closest(shown, values);
    const fault = { code: "ERR_CONFIG_BAD_VALUE", allowed, fact } as const;
    report.add(path, suggestion === undefined ? fault : { ...fault, suggestion }, shown);
  }
}
