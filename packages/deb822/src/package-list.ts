import P from "parsimmon";
import { parseValue } from "./parse-value.js";

/** A binary package that a source package builds, as its `Package-List` has it (dsc(5)). */
export interface PackageListEntry {
  readonly package: string;
  /** `deb`, `udeb`, ... */
  readonly type: string;
  readonly section: string;
  readonly priority: string;
  /** What else is said of it: `arch`, `profile`, `essential`, ... */
  readonly attributes: ReadonlyMap<string, string>;
}

const blanks = P.regexp(/[ \t]+/);
const word = P.regexp(/[^ \t\n]+/);
const attribute = P.seq(P.regexp(/[^ \t\n=]+/).skip(P.string("=")), P.regexp(/[^ \t\n]*/));

const entry: P.Parser<PackageListEntry> = P.seqMap(
  P.regexp(/[ \t]*/).then(word.desc("package")),
  blanks.then(word.desc("type")),
  blanks.then(word.desc("section")),
  blanks.then(word.desc("priority")),
  blanks
    .then(attribute.desc("key=value"))
    .many()
    .skip(P.regexp(/[ \t]*/)),
  (name, type, section, priority, pairs) => ({
    package: name,
    type,
    section,
    priority,
    attributes: new Map(pairs),
  }),
);

/** An empty first line, then a line for each package. */
export const packageList: P.Parser<readonly PackageListEntry[]> = P.sepBy(
  P.alt(entry, P.regexp(/[ \t]*(?=\n|$)/).result(undefined)),
  P.string("\n"),
).map((entries) => entries.filter((line) => line !== undefined));

/**
 * Parses the value of a `Package-List` field.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_VALUE`
 */
export function parsePackageList(value: string): readonly PackageListEntry[] {
  return parseValue(packageList, value, { code: "ERR_DEB822_BAD_VALUE", what: "a package list" });
}
