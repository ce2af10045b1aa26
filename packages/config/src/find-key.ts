import { type ConfigKey, configKeys } from "./keys.js";
import type { KeyPath } from "./toml.js";

const BY_PATH: ReadonlyMap<string, ConfigKey> = new Map(configKeys.map((key) => [key.path, key]));

/** The path as {@link configKeys} spells it: `<id>` for the mirror, no list positions. */
export function keyPattern(path: KeyPath): string {
  const names = path.filter((part) => typeof part === "string");
  if (names[0] === "defaults" && names.length > 1) names.splice(0, 1, "mirrors", "<id>");
  else if (names[0] === "mirrors" && names.length > 1) names[1] = "<id>";
  // A dot inside a quoted key must not look like the border between two keys.
  return names.map((name) => (name === "<id>" ? name : name.replaceAll(".", "\0"))).join(".");
}

/** The row of {@link configKeys} for a path of a document. */
export function findKey(path: KeyPath): ConfigKey | undefined {
  return BY_PATH.get(keyPattern(path));
}

/** The rows below a path of a document, for a table that is no row itself. */
export function keysBelow(path: KeyPath): ConfigKey[] {
  const prefix = `${keyPattern(path)}.`;
  return configKeys.filter((key) => key.path.startsWith(prefix));
}
