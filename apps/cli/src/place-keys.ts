import type { ClientKeys } from "./client-keys.js";
import type { SourceKeys } from "./render/apt-source.js";

/** How clients are to come by keys. */
export interface KeyPlace {
  /** A path that was asked for. */
  readonly asked?: string;
  /** The path where they cannot be inside the source. */
  readonly fallback: string;
  /** The clients' apt knows no keys inside a source. */
  readonly needsFile: boolean;
  /** What prints the keys. */
  readonly command: string;
}

/** Where the keys of a source are to be: inside it, where nothing speaks against that. */
export function placeKeys(keys: ClientKeys | undefined, place: KeyPlace): SourceKeys {
  const { asked, fallback, needsFile, command } = place;
  if (asked !== undefined) {
    const isThere = keys === undefined || keys.installed === asked;
    return { kind: "file", path: asked, ...(isThere ? {} : { command: inForm(command, asked) }) };
  }
  if (keys === undefined) return { kind: "unchecked" };
  if (keys.installed !== undefined) return { kind: "file", path: keys.installed };
  if (needsFile) return { kind: "file", path: fallback, command };
  return { kind: "inside", armored: keys.armored };
}

/** apt takes the ending of a keyring for its form. */
function inForm(command: string, path: string): string {
  return path.endsWith(".asc") ? command : `${command} | gpg --dearmor`;
}
