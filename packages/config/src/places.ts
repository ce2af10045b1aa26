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

/** Each place that lies within others, or is the same, with the nearest of them. */
export function collisionsOf(places: readonly Place[]): [outer: Place, inner: Place][] {
  const pairs: [Place, Place][] = [];
  const around: Place[] = [];
  // All that lies within a path comes right behind it.
  for (const place of [...places].sort((a, b) => compare(`${a.path}/`, `${b.path}/`))) {
    let outer = around.at(-1);
    while (outer !== undefined && !isWithin(place.path, outer.path)) {
      around.pop();
      outer = around.at(-1);
    }
    if (outer !== undefined) pairs.push([outer, place]);
    around.push(place);
  }
  return pairs;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

/** `an environment of mirror debian ("/srv/debian")`. */
export function describePlace({ kind, id, path }: Place): string {
  const what = {
    directory: "the directory",
    snapshots: "the snapshot directory",
    environment: "an environment",
  }[kind];
  return `${what} of mirror ${id} (${showValue(path)})`;
}
