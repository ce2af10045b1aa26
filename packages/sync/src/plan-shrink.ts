import {
  commonGroups,
  type GroupChange,
  groupInWords,
  isTooMuchLost,
  percent,
} from "./common-groups.js";
import type { TreeCounts } from "./count-packages.js";

/** So many packages an index must have had for its loss alone to count. */
const LARGE = 100;

/** A loss of packages that is larger than allowed. */
export interface Shrinkage {
  /** Of the index that lost most packages. */
  readonly suite: string;
  readonly expected: string;
  readonly found: string;
  /** Names that index, with its numbers. */
  readonly message: string;
}

/** Indices that are judged together. */
interface Slice {
  /** Empty for a single index. */
  readonly name: string;
  readonly groups: readonly GroupChange[];
  /** Whether a loss of this slice counts whatever its size. */
  readonly counts: boolean;
}

/**
 * Decides whether a new tree has lost too many packages against the present one. Only what both are
 * made to hold is compared; where the filters changed, what the indices list and not what is held.
 *
 * Too much is lost where the part is larger than `most` of all of the mirror, of an index of a
 * hundred packages or more, of one that upstream has no longer, or of a component or an architecture
 * with nothing left. Other small indices may shrink: those of suites such as `bookworm-updates` are
 * emptied by design.
 *
 * @param most - the largest part that may be lost: 0 to 1
 */
export function planShrink(
  present: TreeCounts,
  next: TreeCounts,
  most: number,
): Shrinkage | undefined {
  const groups =
    present.filters === next.filters
      ? commonGroups(present, next)
      : commonGroups(asListed(present), asListed(next));
  const refused = slicesOf(groups).filter((slice) => {
    const { before, after } = sum(slice.groups);
    return isTooMuchLost(before, after, most) && (slice.counts || after === 0);
  });
  const [worst] = refused.map((slice) => ({ slice, group: worstOf(slice) })).sort(byLoss);
  return worst && shrinkage(worst.slice, worst.group, most);
}

/** Of source packages is not known how many are left out: they are not compared. */
function asListed({ groups, ...counts }: TreeCounts): TreeCounts {
  const listed = groups.map((group) => ({
    ...group,
    packages: group.packages + (group.leftOut ?? 0),
  }));
  const packages = listed.filter(({ architecture }) => architecture !== "source");
  return { ...counts, groups: packages, sources: false };
}

function slicesOf(groups: readonly GroupChange[]): Slice[] {
  const single = groups
    .filter(({ before, gone }) => gone || before >= LARGE)
    .map((group) => ({ name: "", groups: [group], counts: true }));
  return [
    ...single,
    { name: "the mirror", groups, counts: true },
    ...along("component", groups),
    ...along("architecture", groups),
  ];
}

function along(field: "component" | "architecture", groups: readonly GroupChange[]): Slice[] {
  const names = [...new Set(groups.map((group) => group[field]))].filter((name) => name !== "");
  return names.map((name) => ({
    name: `${field} ${name}`,
    groups: groups.filter((group) => group[field] === name),
    counts: false,
  }));
}

function sum(groups: readonly GroupChange[]): { before: number; after: number } {
  return {
    before: groups.reduce((total, { before }) => total + before, 0),
    after: groups.reduce((total, { after }) => total + after, 0),
  };
}

function worstOf({ groups }: Slice): GroupChange {
  const [first, ...others] = groups;
  if (!first) throw new TypeError("a slice without an index cannot have lost anything");
  return others.reduce((worst, group) => (lost(group) > lost(worst) ? group : worst), first);
}

/** The most packages lost first, and of those an index before what it is part of. */
function byLoss(a: { group: GroupChange }, b: { group: GroupChange }): number {
  return lost(b.group) - lost(a.group);
}

function lost({ before, after }: GroupChange): number {
  return before - after;
}

function shrinkage({ name, groups }: Slice, worst: GroupChange, most: number): Shrinkage {
  const now = worst.gone ? "no such index upstream" : `${worst.after} now`;
  const index = `${groupInWords(worst)}: ${worst.before} packages published, ${now}`;
  const { before, after } = sum(groups);
  const whole = groups.length === 1 ? "" : `; ${name}: ${before} published, ${after} now`;
  const found = `${percent((before - after) / before)} fewer`;
  const expected = `at most ${percent(most)}`;
  const { suite } = worst;
  return { suite, expected, found, message: `${index}${whole}: ${found}, expected ${expected}` };
}
