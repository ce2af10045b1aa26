import type { MirrorSpec } from "./spec.js";

/** Whether a suite stays as the present tree has it. */
export function isFrozen({ frozen }: Pick<MirrorSpec, "frozen">, suite: string): boolean {
  return frozen?.includes(suite) ?? false;
}
