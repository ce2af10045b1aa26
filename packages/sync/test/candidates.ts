import type { Candidate } from "../src/candidate.js";
import type { Selection } from "../src/plan-selection.js";
import type { Filters } from "../src/spec.js";

/** Filters that leave nothing out, but for those given. */
export function filters(given: Partial<Filters> = {}): Filters {
  return {
    excludePatterns: [],
    includePatterns: [],
    sections: [],
    priorities: [],
    keepVersions: 0,
    withDependencies: false,
    withRecommends: false,
    ...given,
  };
}

const MAIN = { suite: "stable", component: "main", architecture: "amd64", isInstaller: false };

/** A package of the suite stable, by its name and whatever is not as usual. */
export function candidate(
  name: string,
  { index, ...given }: Partial<Omit<Candidate, "index">> & { index?: Partial<typeof MAIN> } = {},
): Candidate {
  const { version = "1", architecture = "amd64" } = given;
  return {
    index: index ? { ...MAIN, ...index } : MAIN,
    name,
    version,
    architecture,
    path: `pool/${name}_${version}_${architecture}.deb`,
    section: "misc",
    priority: "optional",
    source: "",
    multiArch: "",
    depends: "",
    preDepends: "",
    recommends: "",
    provides: "",
    ...given,
  };
}

/** The files of what stays. */
export function stayingPaths(
  { verdicts }: Selection,
  candidates: readonly Candidate[],
): Set<string> {
  const staying = candidates.filter((_, place) => verdicts[place]?.stays);
  return new Set(staying.map(({ path }) => path));
}
