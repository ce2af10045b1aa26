import type { IndexFacts } from "./facts.js";
import { namedIndex } from "./index-group.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { SuiteRelease } from "./release.js";

/** What of a plan says how many packages there will be. */
export type PlannedPackages = Pick<MirrorPlan, "indices" | "stanzas" | "filtered">;

/**
 * What is noted of a suite's Packages and Sources: so many as there are components and
 * architectures, an upstream cannot make them more.
 */
export function indexFacts(
  { suite, directory }: SuiteRelease,
  plan: PlannedPackages,
): IndexFacts[] {
  return plan.indices
    .filter(({ target }) => target.suite === suite)
    .flatMap(({ target: { name } }) => {
      const named = namedIndex(name.slice(directory.length));
      const stanzas = plan.stanzas.get(name);
      if (named === undefined || stanzas === undefined) return [];
      const leftOut = plan.filtered?.leftOut.get(name);
      return [{ name, ...named, stanzas, ...(leftOut === undefined ? {} : { leftOut }) }];
    });
}
