import type { TreeProblem } from "./verification.js";

/** Faults of the bytes of one file, by the level of verification that finds them. */
const DAMAGE: Readonly<Partial<Record<TreeProblem["code"], "quick" | "full">>> = {
  ERR_SYNC_TREE_MISSING_FILE: "quick",
  ERR_SYNC_TREE_NOT_A_FILE: "quick",
  ERR_SYNC_TREE_WRONG_SIZE: "quick",
  ERR_SYNC_TREE_WRONG_CONTENT: "full",
  ERR_SYNC_TREE_UNREADABLE: "full",
};

/** Whether a problem is that a file is missing, or not what its manifest says: a repair mends it. */
export function isDamage({ code }: TreeProblem): boolean {
  return DAMAGE[code] !== undefined;
}

/** Whether a problem is damage that a `quick` verification may not find. */
export function isHiddenDamage({ code }: TreeProblem): boolean {
  return DAMAGE[code] === "full";
}
