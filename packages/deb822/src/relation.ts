import P from "parsimmon";
import { matchesArchitecture } from "./architecture.js";
import { parseValue } from "./parse-value.js";
import { plainRelations } from "./plain-relations.js";
import { compareVersions } from "./version.js";

/** How a version must stand to the one named. The old `<` and `>` mean `<=` and `>=` and are read so. */
export type Operator = "<<" | "<=" | "=" | ">=" | ">>";

/** `(>= 1.2)`: what a relation asks of the version. */
export interface VersionConstraint {
  readonly operator: Operator;
  /** A version, or text with substitution variables in it. */
  readonly version: string;
}

/** A term of `[linux-any !i386]` or of `<!nocheck cross>`. */
export interface RestrictionTerm {
  readonly negated: boolean;
  readonly name: string;
}

/** A package that a relation names, with what is asked of it. */
export interface PackageRelation {
  readonly package: string;
  /** `any`, `native` or an architecture, behind a colon. */
  readonly qualifier?: string;
  readonly constraint?: VersionConstraint;
  /** Where the relation counts; Debian's policy wants all terms negated, or none. */
  readonly architectures?: readonly RestrictionTerm[];
  /** With which build profiles it counts: one list of terms must hold whole. */
  readonly profiles?: readonly (readonly RestrictionTerm[])[];
}

/** `${misc:Depends}`: relations that the package build puts in. */
export interface SubstitutionVariable {
  readonly substvar: string;
}

/** One alternative of a relation field. */
export type Relation = PackageRelation | SubstitutionVariable;

const blanks = P.regexp(/[ \t\r\n]*/);
const token = <T>(parser: P.Parser<T>) => parser.skip(blanks);
const symbol = (text: string) => token(P.string(text));

const substvar = P.regexp(/\$\{([A-Za-z0-9][-:A-Za-z0-9_]*)\}/, 1).desc("substitution variable");
const packageName = P.regexp(
  /(?:[A-Za-z0-9]|\$\{[-:A-Za-z0-9_]+\})(?:[A-Za-z0-9+._-]|\$\{[-:A-Za-z0-9_]+\})*/,
).desc("package name");
const word = P.regexp(/[A-Za-z0-9][A-Za-z0-9.+-]*/);

const operator: P.Parser<Operator> = P.regexp(/<<|<=|>=|>>|=|<|>/)
  .map((text) => (text === "<" ? "<=" : text === ">" ? ">=" : text) as Operator)
  .desc("version operator");
const versionText = P.regexp(/(?:[A-Za-z0-9.+~:-]|\$\{[-:A-Za-z0-9_]+\})+/).desc("version");
const constraint: P.Parser<VersionConstraint> = P.seqMap(
  symbol("(").then(token(operator)),
  token(versionText),
  symbol(")"),
  (operator, version) => ({ operator, version }),
);

const term: P.Parser<RestrictionTerm> = P.seqMap(
  token(P.string("!")).result(true).fallback(false),
  token(word.desc("name")),
  (negated, name) => ({ negated, name }),
);
const architectures = symbol("[").then(term.atLeast(1)).skip(symbol("]"));
const profiles = symbol("<").then(term.atLeast(1)).skip(symbol(">")).atLeast(1);

const optional = <K extends string, T>(
  key: K,
  parser: P.Parser<T>,
): P.Parser<{ [P in K]?: T } | undefined> =>
  parser.map((value) => ({ [key]: value }) as { [P in K]?: T }).fallback(undefined);

const packageRelation: P.Parser<PackageRelation> = P.seqMap(
  P.seq(packageName, optional("qualifier", P.string(":").then(word.desc("qualifier")))).skip(
    blanks,
  ),
  optional("constraint", constraint),
  optional("architectures", architectures),
  optional("profiles", profiles),
  ([name, ...qualifier], ...rest) => Object.assign({ package: name }, ...qualifier, ...rest),
);

const alternative: P.Parser<Relation> = P.alt(
  token(substvar)
    .map((name) => ({ substvar: name }))
    .notFollowedBy(P.regexp(/[^,|]/)),
  packageRelation,
);

/** Alternatives between bars, groups between commas; a comma too many does no harm. */
export const relations: P.Parser<readonly (readonly Relation[])[]> = blanks
  .then(P.sepBy(P.sepBy1(alternative, symbol("|")).fallback([]), symbol(",")))
  .map((groups) => groups.filter((group) => group.length > 0));

/**
 * Parses a relation field (`Depends`, `Build-Depends`, `Provides`, ...): groups of alternatives, of
 * which each group asks for one.
 *
 * @example
 * ```ts
 * parseRelations("libc6 (>= 2.36), default-mta | mail-transport-agent");
 * // [[{ package: "libc6", constraint: { operator: ">=", version: "2.36" } }],
 * //  [{ package: "default-mta" }, { package: "mail-transport-agent" }]]
 * ```
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_RELATION`
 */
export function parseRelations(text: string): readonly (readonly Relation[])[] {
  const kind = { code: "ERR_DEB822_BAD_RELATION", what: "a list of relations" } as const;
  return plainRelations(text) ?? parseValue(relations, text, kind);
}

/**
 * Writes relations as one line; {@link parseRelations} reads it back as the same.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_RELATION` for a part that would be read as something
 *   else
 */
export function formatRelations(groups: readonly (readonly Relation[])[]): string {
  return groups.map((group) => group.map(formatRelation).join(" | ")).join(", ");
}

function formatRelation(relation: Relation): string {
  if ("substvar" in relation) return whole(substvar, `\${${relation.substvar}}`);
  const { qualifier, constraint, architectures, profiles } = relation;
  const name = whole(packageName, relation.package);
  return [
    qualifier === undefined ? name : `${name}:${whole(word, qualifier)}`,
    ...(constraint === undefined
      ? []
      : [`(${constraint.operator} ${whole(versionText, constraint.version)})`]),
    ...(architectures === undefined ? [] : [`[${formatTerms(architectures)}]`]),
    ...(profiles ?? []).map((list) => `<${formatTerms(list)}>`),
  ].join(" ");
}

function formatTerms(terms: readonly RestrictionTerm[]): string {
  return terms.map(({ negated, name }) => (negated ? "!" : "") + whole(word, name)).join(" ");
}

function whole<T>(parser: P.Parser<T>, text: string): string {
  parseValue(parser, text, { code: "ERR_DEB822_BAD_RELATION", what: "part of a relation" });
  return text;
}

/**
 * Whether a version is one that a relation asks for; one without constraint takes any.
 *
 * @example
 * ```ts
 * satisfies("1.0-1", ">= 1.0~rc1"); // true
 * ```
 * @param relation - a relation, or a constraint as it stands between the parentheses
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_RELATION` for text that is no constraint
 */
export function satisfies(
  version: string,
  relation: Pick<PackageRelation, "constraint"> | string,
): boolean {
  const wanted =
    typeof relation === "string"
      ? parseValue(constraint, `(${relation})`, {
          code: "ERR_DEB822_BAD_RELATION",
          what: "a version constraint",
        })
      : relation.constraint;
  if (wanted === undefined) return true;
  const order = compareVersions(version, wanted.version);
  switch (wanted.operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}

/**
 * Whether the restrictions of a relation let it count on an architecture and with build profiles.
 *
 * @example
 * ```ts
 * const [[relation]] = parseRelations("libfoo-dev [linux-any] <!nocheck>");
 * relationApplies(relation, { architecture: "amd64", profiles: ["nocheck"] }); // false
 * ```
 */
export function relationApplies(
  relation: Relation,
  build: { readonly architecture: string; readonly profiles?: readonly string[] },
): boolean {
  if ("substvar" in relation) return true;
  const { architectures, profiles } = relation;
  if (architectures !== undefined) {
    // the first term that matches decides, where none does whether any was negated
    const term = architectures.find(({ name }) => matchesArchitecture(build.architecture, name));
    const applies = term === undefined ? architectures.some((t) => t.negated) : !term.negated;
    if (!applies) return false;
  }
  if (profiles === undefined) return true;
  const active = new Set(build.profiles);
  return profiles.some((list) => list.every(({ negated, name }) => active.has(name) !== negated));
}
