import type { GroupDiff, TreeDiff } from "@mirror/sync";

/** One kind of change in an index. */
export interface DiffSection {
  readonly sign: "^" | "v" | "+" | "-";
  readonly title: string;
  /** Package, then version or versions. */
  readonly rows: readonly (readonly [string, string])[];
}

/** The changes of an index by their kind; kinds without any are left out. */
export function sections(group: GroupDiff): DiffSection[] {
  const all: DiffSection[] = [
    { sign: "^", title: "Upgraded", rows: group.upgraded.map(changed) },
    { sign: "v", title: "Downgraded", rows: group.downgraded.map(changed) },
    { sign: "+", title: "Added", rows: group.added.map(({ name, version }) => [name, version]) },
    {
      sign: "-",
      title: "Removed",
      rows: group.removed.map(({ name, version }) => [name, version]),
    },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** `noble main amd64`, and in which tree alone it is. */
export function labelOf({ suite, component, architecture, trees }: GroupDiff): string {
  const label = [suite, component, architecture].filter((part) => part !== "").join(" ");
  if (trees === "both") return label;
  return `${label}: ${trees === "after" ? "new" : "gone"}`;
}

/** How many packages changed, by the kind of change. */
export function countChanges({ groups }: TreeDiff) {
  const sum = (kind: "added" | "removed" | "upgraded" | "downgraded") =>
    groups.reduce((count, group) => count + group[kind].length, 0);
  return {
    added: sum("added"),
    removed: sum("removed"),
    upgraded: sum("upgraded"),
    downgraded: sum("downgraded"),
  };
}

function changed({ name, from, to }: { name: string; from: string; to: string }): [string, string] {
  return [name, `${from} -> ${to}`];
}
