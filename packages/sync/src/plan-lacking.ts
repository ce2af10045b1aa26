import { isFrozen } from "./frozen.js";
import type { IndexTarget } from "./plan-indices.js";
import type { MirrorSpec } from "./spec.js";

/**
 * The frozen suites that the present tree holds without an index that is wanted: once they are asked
 * for again, there is more to fetch, although upstream and the settings have stayed the same.
 *
 * @param held - of the targets, those of which there is a form
 */
export function planLacking(
  spec: Pick<MirrorSpec, "frozen">,
  targets: readonly IndexTarget[],
  held: ReadonlySet<IndexTarget>,
): ReadonlySet<string> {
  const missing = targets.filter((target) => isFrozen(spec, target.suite) && !held.has(target));
  return new Set(missing.map(({ suite }) => suite));
}
