import { compareVersions } from "@mirror/deb822";
import type { Candidate } from "./candidate.js";
import { maybeRepeated } from "./maybe-repeated.js";

/**
 * Those of the packages that are not among the newest versions of their name and architecture in
 * their index, that is in their suite and component. Two spellings of one version are one version.
 *
 * @param most - versions that stay; 0 keeps all
 */
export function olderVersions(picked: readonly Candidate[], most: number): Set<Candidate> {
  const older = new Set<Candidate>();
  if (most === 0) return older;
  for (const versions of groupsOf(maybeRepeated(picked, ({ name }) => name))) {
    if (versions.length > most) for (const one of beyond(versions, most)) older.add(one);
  }
  return older;
}

/** The packages of one name and architecture in one index. */
function* groupsOf(picked: readonly Candidate[]): Generator<readonly Candidate[]> {
  const groups = new Map<Candidate["index"], Map<string, Candidate[]>>();
  for (const candidate of picked) {
    const { index, name, architecture } = candidate;
    const names = groups.get(index) ?? new Map<string, Candidate[]>();
    groups.set(index, names);
    const key = `${name} ${architecture}`;
    const known = names.get(key);
    if (known) known.push(candidate);
    else names.set(key, [candidate]);
  }
  for (const names of groups.values()) yield* names.values();
}

function beyond(versions: readonly Candidate[], most: number): Candidate[] {
  const newestFirst = versions.toSorted((a, b) => compareVersions(b.version, a.version));
  let distinct = 0;
  let last: string | undefined;
  return newestFirst.filter(({ version }) => {
    if (last === undefined || compareVersions(last, version) !== 0) distinct += 1;
    last = version;
    return distinct > most;
  });
}
