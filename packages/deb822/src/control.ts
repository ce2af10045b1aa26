import { Deb822Error } from "./error.js";
import { requiredWord, textFields, wordsOf } from "./fields.js";
import { parseStanzas } from "./read.js";
import type { Relation } from "./relation.js";
import { relationField } from "./relation-field.js";
import type { Stanza } from "./stanza.js";

/** The control file of a source tree, `debian/control` (deb-src-control(5)). */
export interface DebianControl {
  readonly source: ControlSource;
  readonly binaries: readonly ControlBinary[];
}

/** The first stanza: the source package. Relations of all kinds are read by {@link relationField}. */
export interface ControlSource {
  readonly source: string;
  readonly section?: string;
  readonly priority?: string;
  readonly maintainer?: string;
  readonly standardsVersion?: string;
  readonly buildDepends: readonly (readonly Relation[])[];
  readonly stanza: Stanza;
}

/** A later stanza: a binary package to build. */
export interface ControlBinary {
  readonly package: string;
  /** Architectures and wildcards. */
  readonly architectures: readonly string[];
  readonly section?: string;
  readonly depends: readonly (readonly Relation[])[];
  readonly stanza: Stanza;
}

/**
 * Reads the text of a `debian/control` file.
 *
 * @throws {@link Deb822Error} as {@link parseStanzas}; `ERR_DEB822_STANZA_COUNT`,
 *   `_MISSING_FIELD`, `_BAD_VALUE`, `_BAD_RELATION`
 */
export function parseControl(text: string): DebianControl {
  const [first, ...more] = parseStanzas(text);
  if (first === undefined) {
    throw new Deb822Error("ERR_DEB822_STANZA_COUNT", "expected a source stanza, got none");
  }
  return {
    source: {
      source: requiredWord(first, "Source"),
      ...textFields(first, {
        section: "Section",
        priority: "Priority",
        maintainer: "Maintainer",
        standardsVersion: "Standards-Version",
      }),
      buildDepends: relationField(first, "Build-Depends"),
      stanza: first,
    },
    binaries: more.map((stanza) => ({
      package: requiredWord(stanza, "Package"),
      architectures: wordsOf(stanza.get("Architecture")),
      ...textFields(stanza, { section: "Section" }),
      depends: relationField(stanza, "Depends"),
      stanza,
    })),
  };
}
