import type { ConfigProblem } from "./error.js";
import { findKey } from "./find-key.js";
import type { Position } from "./locate.js";
import { printable, showPath, showValue } from "./printable.js";
import type { Fault } from "./reading.js";
import type { KeyPath, TomlValue } from "./toml.js";

/** Where a value came from. */
export interface Origin {
  readonly file: string;
  readonly position?: Position | undefined;
  readonly variable?: string;
}

const MOST = 1000;

/** Gathers problems, so that all of them (the first thousand) are told at once. */
export class Report {
  readonly problems: ConfigProblem[] = [];
  /** Where the value at a path of the documents came from. */
  readonly originOf: (path: KeyPath) => Origin;
  readonly #explained = new Set<string>();

  constructor(originOf: (path: KeyPath) => Origin) {
    this.originOf = originOf;
  }

  /** Adds what is wrong with the value at a path of the documents, or of the origin given. */
  add(path: KeyPath, fault: Fault, value?: TomlValue, origin = this.originOf(path)): void {
    if (this.isFull()) return;
    const shown = showPath(path);
    const allowed = fault.allowed ?? findKey(path)?.type;
    const found =
      fault.found === undefined && value !== undefined
        ? showValue(value)
        : (fault.found ?? undefined);
    const fact = fault.fact ?? `expected ${allowed}`;
    const subject = origin.variable === undefined ? shown : `${origin.variable} (${shown})`;
    const { position, variable } = origin;
    this.problems.push({
      code: fault.code,
      path: shown,
      file: printable(origin.file),
      ...(position ?? {}),
      message: `${subject}: ${fact}${found === undefined ? "" : `, found ${found}`}`,
      ...(found === undefined ? {} : { found }),
      ...(allowed === undefined ? {} : { allowed }),
      ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
      ...(variable === undefined ? {} : { variable }),
    });
    this.explain(shown.replace(/(?:\[\d+\])+$/, ""));
    if (fault.suggestion !== undefined) this.explain(fault.suggestion);
  }

  /** Whether there are so many problems that further ones are left out: not a configuration. */
  isFull(): boolean {
    return this.problems.length >= MOST;
  }

  /** Notes that nothing more needs to be said when this path turns out to be missing. */
  explain(path: string): void {
    this.#explained.add(path);
  }

  /** Whether a problem that was told already accounts for the absence of this key. */
  isExplained(path: KeyPath): boolean {
    return this.#explained.has(showPath(path));
  }
}
