import { dateFields, requiredWord, textFields, valueError, wordsOf } from "./fields.js";
import { onlyStanza } from "./read.js";
import type { Relation } from "./relation.js";
import { relationField, sourceOf } from "./relation-field.js";
import { type SourceFile, sourceFiles } from "./source-files.js";
import type { Stanza } from "./stanza.js";

/** What a `.buildinfo` file records of a build (deb-buildinfo(5)). */
export interface Buildinfo {
  readonly source: string;
  readonly version: string;
  readonly format?: string;
  readonly binaries: readonly string[];
  readonly architectures: readonly string[];
  readonly buildOrigin?: string;
  readonly buildArchitecture?: string;
  readonly buildDate?: Date;
  readonly buildPath?: string;
  readonly installedBuildDepends: readonly (readonly Relation[])[];
  readonly environment: ReadonlyMap<string, string>;
  readonly files: readonly SourceFile[];
  readonly stanza: Stanza;
}

/**
 * Reads the text of a `.buildinfo` file whose signature, if any, is taken off.
 *
 * @throws {@link Deb822Error} as {@link parseDsc}; `ERR_DEB822_BAD_DATE`, `_BAD_RELATION`
 */
export function parseBuildinfo(text: string): Buildinfo {
  const stanza = onlyStanza(text);
  return {
    source: sourceOf(stanza).package,
    version: requiredWord(stanza, "Version"),
    ...textFields(stanza, {
      format: "Format",
      buildOrigin: "Build-Origin",
      buildArchitecture: "Build-Architecture",
      buildPath: "Build-Path",
    }),
    ...dateFields(stanza, { buildDate: "Build-Date" }),
    binaries: wordsOf(stanza.get("Binary")),
    architectures: wordsOf(stanza.get("Architecture")),
    installedBuildDepends: relationField(stanza, "Installed-Build-Depends"),
    environment: environmentOf(stanza),
    files: sourceFiles(stanza),
    stanza,
  };
}

function environmentOf(stanza: Stanza): Map<string, string> {
  const environment = new Map<string, string>();
  let offset = 0;
  for (const line of (stanza.get("Environment") ?? "").split("\n")) {
    if (line.trim() !== "") {
      const [, name, quoted] = /^[ \t]*([^ \t="]+)="((?:[^"\\]|\\.)*)"[ \t]*$/.exec(line) ?? [];
      if (name === undefined || quoted === undefined) {
        const message = 'expected NAME="value" on each line';
        throw valueError(stanza, "Environment", "ERR_DEB822_BAD_VALUE", message, { offset });
      }
      environment.set(name, quoted.replace(/\\(.)/g, "$1"));
    }
    offset += line.length + 1;
  }
  return environment;
}
