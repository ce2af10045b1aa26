import type { Overlay } from "./env.js";
import { collisionsOf, describePlace, isWithin, type Place, placesOf } from "./places.js";
import { showPath } from "./printable.js";
import type { Report } from "./report.js";
import { defaultSnapshotPath } from "./resolve-snapshot.js";
import type { KeyPath } from "./toml.js";
import type { RootLayer } from "./validate.js";

const MOST_NAMED = 5;

/**
 * Reports pointers and snapshots that would lie in each other's way: one pointer for several
 * mirrors, what lies among the store's own files, and places that lie within each other.
 */
export function checkPlaces(root: RootLayer, overlay: Overlay, report: Report): void {
  const dir = overlay.dir ?? root.dir;
  if (dir === undefined) return;
  const places = [...root.mirrors]
    .filter(([id]) => !report.isExplained(["mirrors", id]))
    .flatMap(([id, own]) => placesOf(id, own, root, dir));
  const told = new Set<string>();
  const tell = (at: KeyPath | undefined, fact: string, suggestion?: string) => {
    if (at === undefined || told.has(showPath(at))) return;
    told.add(showPath(at));
    const fault = { code: "ERR_CONFIG_CONFLICT", fact, found: null } as const;
    report.add(at, suggestion === undefined ? fault : { ...fault, suggestion });
  };

  for (const [first, ...others] of sharedOf(places)) {
    if (first === undefined || others.length === 0) continue;
    const ids = [first, ...others].map(({ id }) => id);
    const more = ids.length > MOST_NAMED ? `, and ${ids.length - MOST_NAMED} more` : "";
    const names = ids.slice(0, MOST_NAMED).join(", ") + more;
    const fact = `one pointer for several mirrors (${names}), expected {mirror} in the path`;
    tell(first.at, fact, `${first.path}/{mirror}`);
  }
  for (const place of places) {
    const isHidden = isWithin(place.path, `${dir}/.mirrorctl`);
    const mayBeHidden =
      place.kind === "snapshots" && isWithin(place.path, defaultSnapshotPath(dir));
    if (!isHidden || mayBeHidden) continue;
    tell(place.at, `${describePlace(place)} lies among the files of the store`);
  }
  for (const [outer, inner] of collisionsOf(places)) {
    const later = places.indexOf(outer) > places.indexOf(inner) ? outer : inner;
    const earlier = later === outer ? inner : outer;
    const [teller, other] = later.at === undefined ? [earlier, later] : [later, earlier];
    const relation = outer.path === inner.path ? "is" : teller === inner ? "lies in" : "holds";
    tell(teller.at, `${describePlace(teller)} ${relation} ${describePlace(other)}`);
  }
}

/** The places of a pointer that several mirrors share by one key, for each such key. */
function sharedOf(places: readonly Place[]): Place[][] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    if (place.at === undefined || place.isShared !== true) continue;
    const key = showPath(place.at);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return [...groups.values()];
}
