import type { Candidate } from "./candidate.js";
import { maybeRepeated } from "./maybe-repeated.js";

/** Tells which packages have one file: by the first of them, which is most often the package itself. */
export function firstOfFile(candidates: readonly Candidate[]): (candidate: Candidate) => Candidate {
  const byPath = new Map<string, Candidate>();
  const first = new Map<Candidate, Candidate>();
  for (const candidate of maybeRepeated(candidates, ({ path }) => path)) {
    const { path } = candidate;
    const known = byPath.get(path);
    if (known) first.set(candidate, known);
    else byPath.set(path, candidate);
  }
  return (candidate) => first.get(candidate) ?? candidate;
}
