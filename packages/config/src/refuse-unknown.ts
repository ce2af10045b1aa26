import { findKey, keysBelow } from "./find-key.js";
import { showPath } from "./printable.js";
import type { Report } from "./report.js";
import { suggestKey } from "./suggest.js";
import { isTable, type KeyPath, type TomlValue } from "./toml.js";

/** Reports a key that no schema takes: not supported yet, by its own name, or unknown. */
export function refuseUnknown(path: KeyPath, value: TomlValue, report: Report): void {
  if (report.isFull()) return;
  const below = keysBelow(path);
  if (findKey(path) === undefined && below.length === 0) {
    refuseMisspelt(path, value, report);
    return;
  }
  if (isTable(value) && below.length > 0 && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) refuseUnknown([...path, key], inner, report);
    return;
  }
  report.add(path, {
    code: "ERR_CONFIG_NOT_SUPPORTED_YET",
    fact: "not supported yet",
    found: null,
  });
}

function refuseMisspelt(path: KeyPath, value: TomlValue, report: Report): void {
  const suggestion = suggestKey(path);
  const tables = isTable(value) ? Object.entries(value).filter(([, inner]) => isTable(inner)) : [];
  // `[mirror.x]` and `[mirror.y]` are two mistakes, at two places.
  if (suggestion === "mirrors" && path.length === 1 && tables.length > 0) {
    report.explain("mirrors");
    for (const [id] of tables) addUnknown([...path, id], `mirrors.${showPath([id])}`, report);
    return;
  }
  addUnknown(path, suggestion, report);
}

function addUnknown(path: KeyPath, suggestion: string | undefined, report: Report): void {
  const fault = { code: "ERR_CONFIG_UNKNOWN_KEY", fact: "unknown key", found: null } as const;
  report.add(path, suggestion === undefined ? fault : { ...fault, suggestion });
}
