import { dateFields, requiredWord, textFields, wordsOf } from "./fields.js";
import { onlyStanza } from "./read.js";
import { sourceOf } from "./relation-field.js";
import { mergedFiles, type SourceFile } from "./source-files.js";
import type { Stanza } from "./stanza.js";

/** A file of an upload. */
export interface ChangesFile extends SourceFile {
  section?: string;
  priority?: string;
}

/** What a `.changes` file describes (deb-changes(5)). */
export interface Changes {
  readonly source: string;
  readonly version: string;
  readonly format?: string;
  readonly date?: Date;
  readonly distributions: readonly string[];
  readonly architectures: readonly string[];
  readonly binaries: readonly string[];
  readonly urgency?: string;
  readonly maintainer?: string;
  readonly changedBy?: string;
  /** Numbers of the bugs closed, as written. */
  readonly closes: readonly string[];
  /** The changelog's text, as the value of a multiline field. */
  readonly changes?: string;
  readonly files: readonly ChangesFile[];
  readonly stanza: Stanza;
}

/**
 * Reads the text of a `.changes` file whose signature, if any, is taken off.
 *
 * @throws {@link Deb822Error} as {@link parseDsc}; `ERR_DEB822_BAD_DATE`
 */
export function parseChanges(text: string): Changes {
  const stanza = onlyStanza(text);
  return {
    source: sourceOf(stanza).package,
    version: requiredWord(stanza, "Version"),
    ...textFields(stanza, {
      format: "Format",
      urgency: "Urgency",
      maintainer: "Maintainer",
      changedBy: "Changed-By",
      changes: "Changes",
    }),
    ...dateFields(stanza, { date: "Date" }),
    distributions: wordsOf(stanza.get("Distribution")),
    architectures: wordsOf(stanza.get("Architecture")),
    binaries: wordsOf(stanza.get("Binary")),
    closes: wordsOf(stanza.get("Closes")),
    files: mergedFiles<ChangesFile>(stanza, 2, (file, [section = "", priority = ""]) => {
      file.section = section;
      file.priority = priority;
    }),
    stanza,
  };
}
