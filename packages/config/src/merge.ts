import type { Document } from "./document.js";
import type { ConfigProblem } from "./error.js";
import { printable, showPath } from "./printable.js";
import type { Origin } from "./report.js";
import { isTable, type KeyPath, type Table, type TomlValue } from "./toml.js";

/** Several files as one table. */
export interface Merged {
  readonly table: Table;
  /** Which file gave the value at a path, and where; the first file for a path that none gave. */
  originOf(path: KeyPath): Origin;
  /** What two files give. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Puts the files together: a key at the top, a table at the top, or a mirror comes from one file
 * alone; what a second file gives again is reported and left out.
 */
export function mergeDocuments(documents: readonly Document[], mainFile: string): Merged {
  const table: Table = Object.create(null);
  const mirrors: Table = Object.create(null);
  const givers = new Map<string, Document>();
  const problems: ConfigProblem[] = [];

  function take(document: Document, into: Table, path: KeyPath, value: TomlValue): void {
    const unit = JSON.stringify(path);
    const first = givers.get(unit);
    if (first === undefined) {
      givers.set(unit, document);
      into[String(path.at(-1))] = value;
    } else problems.push(duplicate(path, first, document));
  }

  for (const document of documents) {
    for (const [key, value] of Object.entries(document.table)) {
      if (key === "mirrors" && isTable(value) && !isOther(table.mirrors, mirrors)) {
        if (table.mirrors === undefined) {
          table.mirrors = mirrors;
          givers.set(JSON.stringify(["mirrors"]), document);
        }
        for (const [id, mirror] of Object.entries(value)) {
          take(document, mirrors, ["mirrors", id], mirror);
        }
      } else take(document, table, [key], value);
    }
  }

  function originOf(path: KeyPath): Origin {
    const giver =
      givers.get(JSON.stringify(path.slice(0, 2))) ?? givers.get(JSON.stringify(path.slice(0, 1)));
    return giver === undefined
      ? { file: mainFile }
      : { file: giver.file, position: giver.locate(path) };
  }

  return { table, originOf, problems };
}

function isOther(given: TomlValue | undefined, mirrors: Table): boolean {
  return given !== undefined && given !== mirrors;
}

function duplicate(path: KeyPath, first: Document, second: Document): ConfigProblem {
  const shown = showPath(path);
  const otherFile = printable(first.file);
  return {
    code: "ERR_CONFIG_DUPLICATE_KEY",
    path: shown,
    file: printable(second.file),
    ...(second.locate(path) ?? {}),
    message: `${shown}: given in ${otherFile} and again in ${printable(second.file)}`,
    otherFile,
  };
}
