import type { ConfigProblemCode } from "./error.js";

/** What is wrong with a value, before it is known where it stands. */
export interface Fault {
  readonly code: ConfigProblemCode;
  /** What may stand there; the key's own type where it is left out. */
  readonly allowed?: string;
  /** Says what is wrong in place of `expected <allowed>`. */
  readonly fact?: string;
  /** Replaces the rendering of the value; `null` shows none. */
  readonly found?: string | null;
  readonly suggestion?: string;
}

/** A value that was understood, or why it was not. */
export type Reading<T> = { readonly value: T } | { readonly fault: Fault };
