import { type PackageRelation, parseRelations, satisfies } from "@mirror/deb822";
import type { Candidate } from "./candidate.js";
import { ownText } from "./own-text.js";

/** Packages by name that a dependency can be met with. */
export interface Universe {
  /** Every architecture that a package of it has, but `all`. */
  readonly architectures: readonly string[];
  /** The packages of that name. */
  named(name: string): readonly Candidate[];
  /** Whether a package of the name itself meets a relation on an architecture and is one of these. */
  meets(
    relation: PackageRelation,
    architecture: string,
    isOne: (candidate: Candidate) => boolean,
  ): boolean;
  /**
   * What meets a relation on an architecture, as choices between packages in the order of
   * preference: the one of that name, then those that provide it.
   */
  choices(relation: PackageRelation, architecture: string, dependent: Candidate): Choice[];
}

/** Versions of one package, each of which meets a relation. */
export interface Choice {
  readonly name: string;
  readonly candidates: readonly Candidate[];
}

interface Provider {
  readonly candidate: Candidate;
  /** Of what is provided; without one it meets no relation that asks for a version. */
  readonly version: string | undefined;
}

const PRIORITIES = ["required", "important", "standard", "optional", "extra"];
const NONE: readonly never[] = [];

/** Indexes packages by what they are called and what they provide. */
export function createUniverse(candidates: Iterable<Candidate>): Universe {
  // Of most names there is one, which needs no list.
  const byName = new Map<string, Candidate | Candidate[]>();
  const provided = new Map<string, Provider[]>();
  const architectures = new Set<string>();
  for (const candidate of candidates) {
    const known = byName.get(candidate.name);
    if (Array.isArray(known)) known.push(candidate);
    else byName.set(candidate.name, known ? [known, candidate] : candidate);
    if (candidate.architecture !== "all") architectures.add(candidate.architecture);
    for (const [relation] of relationsOf(candidate.provides)) {
      if (!relation) continue;
      const { constraint } = relation;
      const version = constraint?.operator === "=" ? ownText(constraint.version) : undefined;
      put(provided, ownText(relation.package), { candidate, version });
    }
  }
  const named = (name: string): readonly Candidate[] => {
    const known = byName.get(name);
    if (!known) return NONE;
    return Array.isArray(known) ? known : [known];
  };
  return {
    architectures: [...architectures].sort(),
    named,
    meets: (relation, architecture, isOne) =>
      named(relation.package).some(
        (one) =>
          isOne(one) &&
          fits(one, relation.qualifier, architecture) &&
          satisfies(one.version, relation),
      ),
    choices(relation, architecture, dependent) {
      const meets = (candidate: Candidate) => fits(candidate, relation.qualifier, architecture);
      const real = named(relation.package).filter(
        (one) => meets(one) && satisfies(one.version, relation),
      );
      const providers = (provided.get(relation.package) ?? NONE).filter(
        ({ candidate, version }) =>
          meets(candidate) &&
          (relation.constraint === undefined ||
            (version !== undefined && satisfies(version, relation))),
      );
      const others = new Map<string, Candidate[]>();
      for (const { candidate } of providers) {
        if (candidate.name !== relation.package) put(others, candidate.name, candidate);
        else if (!real.includes(candidate)) real.push(candidate);
      }
      const ranked = [...others.values()].sort((a, b) => compareProviders(a, b, dependent));
      return (real.length === 0 ? ranked : [real, ...ranked]).map((all) => ({
        name: all[0]?.name ?? "",
        candidates: nearest(all, architecture),
      }));
    },
  };
}

/** The groups of a relation field of upstream's; none where it does not parse. */
export function relationsOf(text: string): (readonly PackageRelation[])[] {
  if (text === "") return [];
  try {
    return parseRelations(text).map((group) =>
      group.filter((relation): relation is PackageRelation => "package" in relation),
    );
  } catch {
    return [];
  }
}

/** Whether a package may meet a relation of that qualifier in a package of that architecture. */
function fits(
  { architecture: own, multiArch }: Candidate,
  qualifier: string | undefined,
  architecture: string,
): boolean {
  if (own === "all" || multiArch === "foreign") return true;
  if (qualifier === "any") return own === architecture || multiArch === "allowed";
  return own === (qualifier === undefined || qualifier === "native" ? architecture : qualifier);
}

/** Those that a client of that architecture sees as its own, where there are such. */
function nearest(candidates: readonly Candidate[], architecture: string): readonly Candidate[] {
  const isOwn = ({ architecture: own, index }: Candidate) =>
    (own === architecture || own === "all") &&
    ["", "all", architecture].includes(index.architecture);
  const near = candidates.filter(isOwn);
  return near.length > 0 ? near : candidates;
}

/** As apt chooses: one of the same source, then by priority; and by name, so that order decides nothing. */
function compareProviders(
  [a]: readonly Candidate[],
  [b]: readonly Candidate[],
  dependent: Candidate,
): number {
  if (!a || !b) return 0;
  return (
    Number(isSibling(b, dependent)) - Number(isSibling(a, dependent)) ||
    rankOf(a) - rankOf(b) ||
    (a.name < b.name ? -1 : 1)
  );
}

function isSibling(candidate: Candidate, dependent: Candidate): boolean {
  const sourceName = ({ name, source }: Candidate) => (source || name).split(" ", 1)[0];
  return sourceName(candidate) === sourceName(dependent);
}

function rankOf({ priority }: Candidate): number {
  const rank = PRIORITIES.indexOf(priority);
  return rank === -1 ? PRIORITIES.length : rank;
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
