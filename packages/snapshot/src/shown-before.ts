import type { HistoryEntry } from "./history-entry.js";

/** What the history and the directory tell of one pointer. */
export interface PointerPast {
  /** The moves of this pointer, oldest first. */
  readonly moves: readonly Pick<HistoryEntry, "kind" | "from" | "to">[];
  /** What it shows now. */
  readonly now: string | undefined;
  /** What `.previous` beside it shows. */
  readonly previous: string | undefined;
}

/**
 * What a pointer showed before what it shows now, newest first, as a stack: each move puts what was
 * shown on it, and a `rollback` to something that lies in it takes that and all above away. Pure.
 *
 * Moves that the history lacks are made up for: where it and the directory differ, a tree that lies
 * in the stack was gone back to, any other was moved to. What `.previous` shows is on top.
 */
export function planShownBefore({ moves, now, previous }: PointerPast): string[] {
  let stack: readonly string[] = [];
  let shown: string | undefined;
  const goTo = (name: string | undefined, back: boolean) => {
    if (name === undefined || name === shown) return;
    const at = back ? stack.indexOf(name) : -1;
    if (at !== -1) stack = stack.slice(at + 1);
    else if (shown !== undefined) stack = [shown, ...stack];
    shown = name;
  };
  for (const { kind, from, to } of moves) {
    goTo(from, true);
    goTo(to, kind === "rollback");
  }
  goTo(now, true);
  if (previous !== undefined && previous !== now && stack[0] !== previous)
    stack = [previous, ...stack];
  return [...stack];
}
