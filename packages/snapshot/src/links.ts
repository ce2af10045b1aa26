import { join } from "node:path";
import { namesIn, removeFile, syncDirectory } from "./directory.js";
import { SNAPSHOTS_LINK } from "./layout.js";
import { putSymlink } from "./pointer.js";
import { type KnownPlaces, readPublicEntry } from "./public-entry.js";
import { safePath } from "./safe-path.js";

/** What became of the top-level links that were asked for. */
export interface LinkReport {
  /** New, or moved from another pointer. */
  readonly made: readonly string[];
  /** As they were. */
  readonly kept: readonly string[];
  readonly refused: readonly RefusedLink[];
}

/** A link that was not made. */
export interface RefusedLink {
  readonly name: string;
  /**
   * `pointer`: a pointer has that name, or it is reserved; `dot`: it begins with `.`; `foreign`:
   * something else lies there; `unsafe`: no single name of a directory.
   */
  readonly reason: "pointer" | "dot" | "foreign" | "unsafe";
}

/** Makes `NAME -> <pointer>/NAME` for each name; see `Collection.showLinks`. */
export function showLinks(
  places: KnownPlaces,
  directory: string,
  pointer: string,
  names: readonly string[],
  reserved: readonly string[],
): LinkReport {
  const made: string[] = [];
  const kept: string[] = [];
  const refused: RefusedLink[] = [];
  for (const name of names) {
    if (name.startsWith(".")) refused.push({ name, reason: "dot" });
    else if (!isSingleName(name)) refused.push({ name, reason: "unsafe" });
    else if ([pointer, "latest", SNAPSHOTS_LINK, ...reserved].includes(name))
      refused.push({ name, reason: "pointer" });
    else {
      const entry = readPublicEntry(places, directory, name);
      if (entry.kind === "pointer" || entry.kind === "foreign")
        refused.push({ name, reason: entry.kind });
      else if (entry.kind === "link" && entry.pointer === pointer) kept.push(name);
      else {
        putSymlink(directory, name, `${pointer}/${name}`);
        made.push(name);
      }
    }
  }
  return { made, kept, refused };
}

/** Removes the links of {@link showLinks} whose names are not in `keep`; returns their names. */
export function hideLinks(
  places: KnownPlaces,
  directory: string,
  keep: readonly string[],
): string[] {
  const kept = new Set(keep);
  const hidden = namesIn(directory).filter((name) => {
    if (kept.has(name) || readPublicEntry(places, directory, name).kind !== "link") return false;
    return removeFile(join(directory, name));
  });
  if (hidden.length > 0) syncDirectory(directory);
  return hidden.sort();
}

function isSingleName(name: string): boolean {
  try {
    return !name.includes("/") && safePath(name) === name;
  } catch {
    return false;
  }
}
