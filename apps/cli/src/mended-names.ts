import type { RepairedName, RepairReport } from "@mirror/sync";

/** Files of trees that repairs have mended. */
export interface MendedNames {
  has(this: void, name: RepairedName): boolean;
}

/** What these repairs have mended, whatever each of them could not. */
export function mendedNames(repairs: readonly RepairReport[]): MendedNames {
  const keyOf = ({ id, tree, path }: RepairedName) => [id, tree, path].join("\0");
  const mended = new Set(
    repairs
      .flatMap(({ contents }) => contents.flatMap(({ names }) => names))
      .filter(({ outcome }) => outcome === "mended")
      .map(keyOf),
  );
  return { has: (name) => mended.has(keyOf(name)) };
}
