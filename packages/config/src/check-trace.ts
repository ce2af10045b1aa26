import type { Report } from "./report.js";
import type { RootLayer } from "./validate.js";

/** Reports a `maintainer` of a mirror that names no `host`: no trace file would name him. */
export function checkTrace(root: RootLayer, report: Report): void {
  for (const [id, own] of root.mirrors) {
    const trace = { ...root.defaults.trace, ...own.trace };
    if (trace.maintainer === undefined || trace.host !== undefined) continue;
    const hosts = [["defaults"], ["mirrors", id]].map((table) => [...table, "trace", "host"]);
    if (hosts.some((path) => report.isExplained(path))) continue;
    const table = own.trace?.maintainer === undefined ? ["defaults"] : ["mirrors", id];
    const fact = `mirror ${id} has no host, without which it has no trace files`;
    report.add([...table, "trace", "maintainer"], {
      code: "ERR_CONFIG_CONFLICT",
      fact,
      found: null,
    });
  }
}
