import { basename, dirname, isAbsolute, resolve, sep } from "node:path";
import { SnapshotError } from "./error.js";
import { checkName } from "./layout.js";
import { printable } from "./printable.js";
import type { KnownPlaces } from "./public-entry.js";

/** Where a pointer lies. */
export interface PointerPlace {
  readonly directory: string;
  readonly name: string;
  /** How the history calls it: by its name in the public directory, by its path elsewhere. */
  readonly key: string;
}

/**
 * Where a pointer lies that is given as a name in the public directory or as an absolute path.
 *
 * @throws `TypeError` for a path that the store was not opened with: nobody would know later that
 * something shows what the pointer shows; {@link SnapshotError} `ERR_SNAPSHOT_BAD_NAME` for a name that breaks the rule, and for a
 * path among the trees or in the hidden part of the store
 */
export function pointerPlace({ layout, paths }: KnownPlaces, pointer: string): PointerPlace {
  const path = isAbsolute(pointer)
    ? resolve(pointer)
    : resolve(paths.pointers, checkName("pointer", pointer));
  const directory = dirname(path);
  const key = directory === paths.pointers ? basename(path) : path;
  const name = checkName(key === path ? "pointer elsewhere" : "pointer", basename(path));
  for (const hidden of [layout.home, layout.snapshots, paths.snapshots])
    if (path === hidden || path.startsWith(hidden + sep))
      throw new SnapshotError(
        "ERR_SNAPSHOT_BAD_NAME",
        `${printable(pointer)}: bad place of a pointer, expected one outside ${printable(hidden)}`,
        { expected: `a path outside ${hidden}`, found: pointer },
      );
  if (key === path && !layout.pointers.includes(path))
    throw new TypeError(
      `${printable(path)}: is none of the pointers that the store was opened with`,
    );
  return { directory, name, key };
}
