import { compareVersions, formatRelations, type PackageRelation, satisfies } from "@mirror/deb822";
import type { Candidate } from "./candidate.js";
import { type Choice, relationsOf, type Universe } from "./universe.js";

/** The fields whose relations are followed. */
export type DependencyField = "Depends" | "Pre-Depends" | "Recommends";

/** Why a package was added: the first one found that needs it. */
export interface NeededBy {
  readonly dependent: Candidate;
  readonly field: DependencyField;
}

/** A relation that no package of the mirror meets. */
export interface Unsatisfied {
  /** The package that has it. */
  readonly name: string;
  readonly version: string;
  /** For which it cannot be met. */
  readonly architecture: string;
  readonly field: DependencyField;
  /** The alternatives, as the field has them. */
  readonly relation: string;
}

/** What dependencies add to a choice of packages. */
export interface Closure {
  /** By the candidate that stands for its file. */
  readonly added: ReadonlyMap<Candidate, NeededBy>;
  readonly unsatisfied: readonly Unsatisfied[];
}

/** What {@link planClosure} follows, and for whom. */
export interface ClosureOptions {
  /** Those of the clients; none for all that packages have. */
  readonly architectures: readonly string[];
  readonly recommends: boolean;
  /** The candidate that stands for all that have the file of this one. */
  fileOf(candidate: Candidate): Candidate;
}

/**
 * Adds to packages what they depend on, and what that depends on.
 *
 * A relation is met where a picked package meets it. Else, of what can meet it, the newest version
 * of each suite is added: a client's apt asks for the newest of the suites that it uses. Of
 * alternatives, and of packages that provide one name, that is the first that there is, also where
 * another one is added for some other package: a client that has not installed that asks for the
 * first. What stays does not depend on the order of `picked`.
 */
export function planClosure(
  universe: Universe,
  picked: Iterable<Candidate>,
  { architectures, recommends, fileOf }: ClosureOptions,
): Closure {
  const all = architectures.length > 0 ? architectures : universe.architectures;
  const pickedFiles = new Set<Candidate>();
  const added = new Map<Candidate, NeededBy>();
  const unsatisfied = new Map<string, Unsatisfied>();
  const queue: Candidate[] = [];
  for (const candidate of picked) {
    const file = fileOf(candidate);
    if (!pickedFiles.has(file)) queue.push(candidate);
    pickedFiles.add(file);
  }

  const isPicked = (candidate: Candidate) => pickedFiles.has(fileOf(candidate));
  const take = (choice: Choice, why: NeededBy) => {
    for (const candidate of newestOfSuites(withinBounds(choice, why.dependent))) {
      if (isPicked(candidate) || added.has(fileOf(candidate))) continue;
      added.set(fileOf(candidate), why);
      queue.push(candidate);
    }
  };
  const follow = (
    group: readonly PackageRelation[],
    architecture: string,
    why: NeededBy,
    dependent: Candidate,
  ) => {
    // Most relations of most choices are met so: nothing is set up for these.
    if (group.some((relation) => universe.meets(relation, architecture, isPicked))) return;
    const choices = distinct(
      group.flatMap((relation) => universe.choices(relation, architecture, dependent)),
    );
    const [first] = choices;
    if (!first) {
      const { name, version } = dependent;
      const relation = formatRelations([group]);
      const one = { name, version, architecture, field: why.field, relation };
      unsatisfied.set(Object.values(one).join("\0"), one);
    } else if (!choices.some(({ candidates }) => candidates.some(isPicked))) take(first, why);
  };

  for (const dependent of queue) {
    const contexts = architecturesOf(dependent, universe, all, fileOf);
    for (const [field, text] of fieldsOf(dependent, recommends)) {
      for (const group of relationsOf(text)) {
        if (group.length === 0) continue;
        for (const architecture of contexts) {
          follow(group, architecture, { dependent, field }, dependent);
        }
      }
    }
  }
  return { added, unsatisfied: [...unsatisfied.values()] };
}

function fieldsOf(
  { depends, preDepends, recommends: recommended }: Candidate,
  recommends: boolean,
): [DependencyField, string][] {
  return [
    ["Pre-Depends", preDepends],
    ["Depends", depends],
    ["Recommends", recommends ? recommended : ""],
  ];
}

/** The architectures of the clients that may install a package: by its own, or by its indices. */
function architecturesOf(
  candidate: Candidate,
  universe: Universe,
  all: readonly string[],
  fileOf: ClosureOptions["fileOf"],
): readonly string[] {
  if (candidate.architecture !== "all") return [candidate.architecture];
  const found = new Set<string>();
  for (const copy of universe.named(candidate.name)) {
    if (fileOf(copy) !== fileOf(candidate)) continue;
    const listed = copy.index.architecture;
    if (listed === "" || listed === "all") return all;
    found.add(listed);
  }
  return [...found];
}

/** Several alternatives may be met by one package. */
function distinct(choices: readonly Choice[]): readonly Choice[] {
  if (choices.length < 2) return choices;
  const byName = new Map<string, Choice>();
  for (const { name, candidates } of choices) {
    const known = byName.get(name)?.candidates ?? [];
    byName.set(name, { name, candidates: [...new Set([...known, ...candidates])] });
  }
  return [...byName.values()];
}

/** `b (>= 1), b (<< 2)` asks for one version that is both. */
function withinBounds({ name, candidates }: Choice, dependent: Candidate): readonly Candidate[] {
  if (candidates.length === 1) return candidates;
  const bounds = [dependent.preDepends, dependent.depends]
    .flatMap(relationsOf)
    .flatMap((group) => (group.length === 1 && group[0]?.package === name ? group : []));
  const within = candidates.filter(({ version }) => bounds.every((one) => satisfies(version, one)));
  return within.length > 0 ? within : candidates;
}

function newestOfSuites(candidates: readonly Candidate[]): Iterable<Candidate> {
  if (candidates.length === 1) return candidates;
  const newest = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { suite } = candidate.index;
    const known = newest.get(suite);
    if (!known || compareVersions(known.version, candidate.version) < 0) {
      newest.set(suite, candidate);
    }
  }
  return newest.values();
}
