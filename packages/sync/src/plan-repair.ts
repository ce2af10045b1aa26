import type { TreeFacts } from "./facts.js";
import { planUpstreamPaths } from "./plan-upstream-paths.js";

/** What the plan has to know of a name that a content has in a tree. */
export interface PlannedName {
  readonly id: string;
  readonly facts: TreeFacts | undefined;
  readonly file: {
    readonly path: string;
    readonly size: number;
    readonly sha256: string;
    readonly mtime: number;
  };
  /** Absent where nothing is wrong. */
  readonly fault?: string;
  /** The content is there all the same, but clients cannot read it. */
  readonly isClosed?: true;
}

/** How one damaged content comes back. */
export interface ContentRepair<Name extends PlannedName> {
  readonly sha256: string;
  readonly size: number;
  /** What people know it by. */
  readonly path: string;
  /** ms; of most of the names to be mended. */
  readonly mtime: number;
  /** Where it must be put. */
  readonly damaged: readonly Name[];
  /** Where it is still, in the order in which these are to be tried. */
  readonly intact: readonly Name[];
  /** Where upstream may have it, in the order in which it is to be asked. */
  readonly upstream: readonly string[];
}

/** Upstream is asked for no more than this: one content has few names there. */
const MOST_PATHS = 8;

/**
 * Decides where each damaged content comes from, ordered by path: first from a file of this machine,
 * then from upstream. What is damaged nowhere is left out.
 *
 * @param id - the collection whose upstream can be asked
 */
export function planRepair<Name extends PlannedName>(
  names: readonly Name[],
  id: string,
): ContentRepair<Name>[] {
  const contents = new Map<string, Name[]>();
  for (const name of names) {
    const same = contents.get(name.file.sha256);
    if (same) same.push(name);
    else contents.set(name.file.sha256, [name]);
  }
  return [...contents]
    .flatMap(([sha256, all]): ContentRepair<Name>[] => {
      const damaged = all.filter(({ fault }) => fault !== undefined);
      const [first] = damaged;
      if (!first) return [];
      const { size } = first.file;
      const mtime = mostOf(damaged.map(({ file }) => file.mtime));
      const own = damaged.toSorted((a, b) => Number(b.id === id) - Number(a.id === id));
      // A file of the same time that clients can read needs no copy: it gets one name more.
      const rank = ({ file, isClosed }: Name) => (file.mtime === mtime && !isClosed ? 0 : 1);
      const intact = all.filter(({ fault, isClosed }) => fault === undefined || isClosed);
      const upstream = new Set(
        all
          .filter((name) => name.id === id)
          .flatMap(({ facts, file }) => planUpstreamPaths(facts, file)),
      );
      return [
        {
          sha256,
          size,
          path: plainest(own.map(({ file }) => file.path)),
          mtime,
          damaged,
          intact: intact.toSorted((a, b) => rank(a) - rank(b)),
          upstream: [...upstream].sort(byHashFirst).slice(0, MOST_PATHS),
        },
      ];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The value that is there most often. */
function mostOf(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [[most = 0] = []] = [...counts].sort((a, b) => b[1] - a[1]);
  return most;
}

/** A name that says more than a digest does. */
function plainest(paths: readonly string[]): string {
  return paths.find((path) => !isByHash(path)) ?? paths[0] ?? "";
}

function byHashFirst(a: string, b: string): number {
  return Number(isByHash(b)) - Number(isByHash(a));
}

function isByHash(path: string): boolean {
  return path.includes("/by-hash/");
}
