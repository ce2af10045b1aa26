import { requiredWord, textFields, wordsOf } from "./fields.js";
import { type PackageListEntry, parsePackageList } from "./package-list.js";
import { onlyStanza } from "./read.js";
import { type SourceFile, sourceFiles } from "./source-files.js";
import type { Stanza } from "./stanza.js";

/** A source package's control file (dsc(5)). */
export interface Dsc {
  readonly source: string;
  readonly version: string;
  readonly format?: string;
  readonly maintainer?: string;
  readonly binaries: readonly string[];
  readonly architectures: readonly string[];
  readonly packageList: readonly PackageListEntry[];
  readonly files: readonly SourceFile[];
  readonly stanza: Stanza;
}

/**
 * Reads the text of a `.dsc` file whose signature, if any, is taken off.
 *
 * @throws {@link Deb822Error} as {@link parseStanzas}; `ERR_DEB822_STANZA_COUNT`,
 *   `_MISSING_FIELD`, `_BAD_VALUE`, `_BAD_CHECKSUMS`, `_BAD_DIGEST`, `_BAD_SIZE`,
 *   `_CONFLICTING_FILE`
 */
export function parseDsc(text: string): Dsc {
  const stanza = onlyStanza(text);
  return {
    source: requiredWord(stanza, "Source"),
    version: requiredWord(stanza, "Version"),
    ...textFields(stanza, { format: "Format", maintainer: "Maintainer" }),
    binaries: wordsOf(stanza.get("Binary")?.replaceAll(",", " ")),
    architectures: wordsOf(stanza.get("Architecture")),
    packageList: parsePackageList(stanza.get("Package-List") ?? ""),
    files: sourceFiles(stanza),
    stanza,
  };
}
