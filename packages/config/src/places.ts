import { expandEnvironment, isPerMirror } from "./environment.js";
import { showValue } from "./printable.js";
import { defaultSnapshotPath } from "./resolve-snapshot.js";
import { environmentsOf, snapshotLayerOf, whereSnapshotKey } from "./snapshot-layer.js";
import type { KeyPath } from "./toml.js";
import type { MirrorLayer, RootLayer } from "./validate.js";

/** A path on disk that is one mirror's own, with all below it. */
export interface Place {
  readonly path: string;
  readonly id: string;
  readonly kind: "directory" | "snapshots" | "environment";
  /** Where the file says so; absent where it follows from `dir`. */
  readonly at?: KeyPath;
  /** Each mirror that shares the key has the same place. */
  readonly isShared?: boolean;
}

/** The places of a mirror; an environment that is a name lies in the mirror's own directory. */
export function placesOf(id: string, own: MirrorLayer, root: RootLayer, dir: string): Place[] {
  const atPath = whereSnapshotKey("path", id, own, root);
  const atEnvironments = whereSnapshotKey("environments", id, own, root) ?? [];
  const snapshots = snapshotLayerOf(own, root).path ?? defaultSnapshotPath(dir);
  return [
    { path: `${dir}/${id}`, id, kind: "directory" },
    {
      path: `${snapshots}/${id}`,
      id,
      kind: "snapshots",
      ...(atPath === undefined ? {} : { at: atPath }),
    },
    ...environmentsOf(own, root).flatMap((environment, index): Place[] => {
      if (!environment.startsWith("/")) return [];
      const path = expandEnvironment(environment, id);
      const isShared = !isPerMirror(environment);
      return [{ path, id, kind: "environment", at: [...atEnvironments, index], isShared }];
    }),
  ];
}

/** Whether a path is another one or lies below it. */
export function isWithin(path: string, outer: string): boolean {
  return `${path}/`.startsWith(`${outer}/`);
}

/** Pairs of which the second one lies within the first or is the same; of each knot some. */
export function collisionsOf(places: readonly Place[]): [outer: Place, inner: Place][] {
  const pairs: [Place, Place][] = [];
  let outer: Place | undefined;
  // All that lies within a path comes right behind it.
  for (const place of [...places].sort((a, b) => (`${a.path}/` < `${b.path}/` ? -1 : 1))) {
    if (outer !== undefined && isWithin(place.path, outer.path)) pairs.push([outer, place]);
    else outer = place;
  }
  return pairs;
}

/** `an environment of mirror debian ("/srv/debian")`. */
export function describePlace({ kind, id, path }: Place): string {
  const article = kind === "environment" ? "an" : "the";
  return `${article} ${kind} of mirror ${id} (${showValue(path)})`;
}
