import type { Overlay } from "./env.js";
import type { Report } from "./report.js";
import type { KeyPath } from "./toml.js";
import type { MirrorLayer, RootLayer } from "./validate.js";

/** Reports the required keys that no layer gives, unless another problem explains it. */
export function requireKeys(root: RootLayer, overlay: Overlay, report: Report): void {
  if ((overlay.dir ?? root.dir) === undefined) requireOneOf([["dir"]], [], report);
  if (root.mirrors.size === 0 && !report.isExplained(["mirrors"])) {
    const fact = "at least one [mirrors.<id>] is needed";
    report.add(["mirrors"], { code: "ERR_CONFIG_NO_MIRRORS", fact, found: null });
  }
  for (const [id, own] of root.mirrors) requireOfMirror(id, own, root.defaults, report);
}

function requireOfMirror(
  id: string,
  own: MirrorLayer,
  defaults: MirrorLayer,
  report: Report,
): void {
  const table = ["mirrors", id];
  // Another type of mirror has other required keys.
  if (isRefused("type", table, report)) return;
  const layer: MirrorLayer = { ...defaults, ...own };
  if (layer.url === undefined && layer.urls === undefined) requireKey("url", table, report, "urls");
  if (layer.suites === undefined) {
    if (isRefused("suites", table, report)) return;
    requireKey("suites", table, report);
  } else if (layer.suites.every((suite) => suite.endsWith("/"))) return;
  if (layer.sections === undefined) requireKey("sections", table, report);
  if (layer.architectures === undefined) requireKey("architectures", table, report);
}

function requireKey(name: string, table: KeyPath, report: Report, orElse = name): void {
  const paths = [name, orElse].flatMap((key) => [
    [...table, key],
    ["defaults", key],
  ]);
  requireOneOf(paths, table, report);
}

function requireOneOf(paths: readonly KeyPath[], table: KeyPath, report: Report): void {
  const [path] = paths;
  if (path === undefined || paths.some((one) => report.isExplained(one))) return;
  report.add(
    path,
    { code: "ERR_CONFIG_MISSING_KEY", fact: "required, but not given", found: null },
    undefined,
    report.originOf(table),
  );
}

function isRefused(name: string, table: KeyPath, report: Report): boolean {
  return report.isExplained([...table, name]) || report.isExplained(["defaults", name]);
}
