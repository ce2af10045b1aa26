import P from "parsimmon";
import { Deb822Error } from "./error.js";
import { valueError } from "./fields.js";
import { parseValue } from "./parse-value.js";
import { parseRelations, type Relation } from "./relation.js";
import type { Stanza } from "./stanza.js";

/**
 * The relations of a field, none where the stanza has no such field.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_RELATION` with line and field
 */
export function relationField(stanza: Stanza, field: string): readonly (readonly Relation[])[] {
  const value = stanza.get(field);
  if (value === undefined) return [];
  try {
    return parseRelations(value);
  } catch (error) {
    if (!(error instanceof Deb822Error)) throw error;
    const { expected, found } = error;
    throw valueError(stanza, field, error.code, error.message, {
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
    });
  }
}

/** A source package that another stanza names. */
export interface SourceReference {
  readonly package: string;
  readonly version?: string;
}

const reference: P.Parser<SourceReference> = P.seqMap(
  P.regexp(/[^ \t\n()]+/).desc("package name"),
  P.regexp(/[ \t]*\(([^ \t\n()]+)\)/, 1)
    .map((version) => ({ version }))
    .fallback({}),
  (name, rest) => ({ package: name, ...rest }),
);

/**
 * The source package of a binary package: its `Source` field, and what that leaves out from
 * `Package` and `Version`.
 *
 * @example
 * ```ts
 * const [stanza] = parseStanzas("Package: libx1\nSource: x (1.0)\nVersion: 1.0+b1\n");
 * sourceOf(stanza); // { package: "x", version: "1.0" }
 * ```
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_VALUE`
 */
export function sourceOf(stanza: Stanza): SourceReference {
  const value = stanza.get("Source") ?? stanza.get("Package") ?? "";
  const kind = { code: "ERR_DEB822_BAD_VALUE", what: "a source package" } as const;
  const named = parseValue(reference, value, kind);
  const version = named.version ?? stanza.get("Version");
  return version === undefined ? named : { package: named.package, version };
}
