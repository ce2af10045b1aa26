import { bareComponent } from "./component-name.js";
import type { TreeCounts } from "./count-packages.js";
import type { IndexGroup } from "./index-group.js";

/** An index that two trees are made to hold, and what became of it. */
export interface GroupChange extends IndexGroup {
  readonly before: number;
  readonly after: number;
  /** The tree after has no such index, although it is made to hold one. */
  readonly gone: boolean;
}

/**
 * The indices of `before` that `after` is made to hold too, in their order. What was taken out of
 * the configuration is not among them: a suite, a component, an architecture, source packages. Pure.
 */
export function commonGroups(before: TreeCounts, after: TreeCounts): GroupChange[] {
  const now = new Map(after.groups.map((group) => [keyOf(group), group.packages]));
  return before.groups.flatMap((group) => {
    const { suite, component, architecture, packages } = group;
    if (isFlatPackages(group) && !takesAsMuch(before, after)) return [];
    const found = now.get(keyOf(group));
    if (found === undefined && !isConfigured(after, group)) return [];
    const gone = found === undefined;
    return [{ suite, component, architecture, before: packages, after: found ?? 0, gone }];
  });
}

/**
 * Whether so many lost packages are more than this part of what was there.
 *
 * @param most - 0 to 1
 */
export function isTooMuchLost(before: number, after: number, most: number): boolean {
  // A part in binary fractions is a little less than what was written: 29 of 100 are 29%.
  return before - after > before * (most + 1e-9);
}

/** A part of 0 to 1 as people write it, with one decimal at most. */
export function percent(part: number): string {
  return `${Number((part * 100).toFixed(1))}%`;
}

/** What an index is about, in words: `stable main amd64`. */
export function groupInWords({ suite, component, architecture }: IndexGroup): string {
  return [suite, component, architecture].filter((part) => part !== "").join(" ");
}

/** Of a flat suite the architectures choose which stanzas of one index count. */
function isFlatPackages({ component, architecture }: IndexGroup): boolean {
  return component === "" && architecture === "";
}

function takesAsMuch(before: TreeCounts, after: TreeCounts): boolean {
  if (after.architectures.length === 0) return true;
  if (before.architectures.length === 0) return false;
  return before.architectures.every((name) => after.architectures.includes(name));
}

/** Whether a tree is made to hold this group: then its absence is a loss. */
function isConfigured(
  { suites, components, architectures, sources }: TreeCounts,
  { suite, component, architecture }: IndexGroup,
): boolean {
  if (!suites.some((known) => known.suite === suite)) return false;
  // `updates/main` is configured as that or as `main`, and lies below either.
  const wanted = components.some((name) => bareComponent(name) === bareComponent(component));
  if (component !== "" && !wanted) return false;
  if (architecture === "source") return sources;
  return ["", "all", ...architectures].includes(architecture);
}

function keyOf({ suite, component, architecture }: IndexGroup): string {
  return [suite, component, architecture].join("\0");
}
