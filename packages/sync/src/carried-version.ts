import type { CarriedSince } from "./carried-mark.js";
import { carriedUntil } from "./plan-carry.js";

/** Since when a tree carries what is gone, and for how long. */
export interface Carried {
  readonly left: Date;
  /** At the earliest: then the next new tree is without it. */
  readonly until: Date;
}

/** A version that left upstream, of which a tree carries the file. */
export interface CarriedVersion extends Carried {
  /** As in the name of the file, without an epoch. */
  readonly version: string;
  /** As in the name of the file; `source` for a source package. */
  readonly packageArchitecture: string;
  readonly path: string;
}

const FILE = /(?:^|\/)([^/_]+)_([^/_]+)(?:_([^/_]+)\.u?deb|\.dsc)$/;

/**
 * Versions of the package that are in no index any more, by the names of their files: no index says
 * what they are.
 *
 * @param carried - by path
 */
export function carriedVersions(
  name: string,
  carried: ReadonlyMap<string, CarriedSince>,
): CarriedVersion[] {
  return [...carried].flatMap(([path, since]) => {
    const [, own, version, packageArchitecture = "source"] = FILE.exec(path) ?? [];
    if (own !== name || version === undefined) return [];
    return [{ version, packageArchitecture, path, ...carriedOf(since) }];
  });
}

/** What a mark says, in times. */
export function carriedOf(since: CarriedSince): Carried {
  return { left: new Date(since.left), until: carriedUntil(since) };
}
