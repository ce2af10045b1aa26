import type { Deb822Error } from "./error.js";

/** What to read, how much of it at most, and what to do about faults. */
export interface ReadOptions {
  /**
   * Read only these fields, in any case; the other ones are checked for their syntax and skipped.
   * Values are then decoded one by one, so keeping one keeps nothing else in memory.
   */
  readonly fields?: readonly string[];
  /** Each stanza keeps its lines as they were read, in `bytes`. */
  readonly keepBytes?: boolean;
  /** Most bytes of one field, name and continuation lines included; 16 MiB if not given. */
  readonly maxFieldBytes?: number;
  /** Most bytes of one stanza; 32 MiB if not given. */
  readonly maxStanzaBytes?: number;
  /** Most fields of one stanza; 10,000 if not given. */
  readonly maxFields?: number;
  /** Most stanzas of the source; no limit if not given. */
  readonly maxStanzas?: number;
  /**
   * Makes the reading lenient: lines that are no field, NULs and repeated fields are reported here
   * and passed over (of a repeated field the first counts). Limits and PGP armor still throw.
   */
  readonly onProblem?: (problem: Deb822Error) => void;
}

/** The limits of {@link ReadOptions}, each with a value. */
export interface Limits {
  readonly fieldBytes: number;
  readonly stanzaBytes: number;
  readonly fields: number;
  readonly stanzas: number;
}

/** @throws TypeError when a limit is not a positive number */
export function limitsOf(options: ReadOptions): Limits {
  return {
    fieldBytes: positive("maxFieldBytes", options.maxFieldBytes ?? 16 * 1024 * 1024),
    stanzaBytes: positive("maxStanzaBytes", options.maxStanzaBytes ?? 32 * 1024 * 1024),
    fields: positive("maxFields", options.maxFields ?? 10_000),
    stanzas: positive("maxStanzas", options.maxStanzas ?? Number.POSITIVE_INFINITY),
  };
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new TypeError(`${name} must be a positive number, got ${value}`);
  return value;
}
