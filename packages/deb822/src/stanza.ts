import type { Projection } from "./projection.js";

/**
 * One stanza: fields in the order of the source, names compared without regard to case.
 *
 * A value is the text after the colon without the blanks around it; continuation lines follow after
 * `"\n"`, each with the blanks it begins with; comment lines are left out (deb822(5), "SYNTAX").
 */
export interface Stanza {
  /** One-based line of the source on which the first field stands; 0 for a stanza built by hand. */
  readonly line: number;
  /**
   * With `keepBytes`: its lines as they were read, comments too, each with its line end, without the
   * empty line behind them.
   */
  readonly bytes?: Uint8Array;
  /** The value of the field of that name in any case, or `undefined`. */
  get(name: string): string | undefined;
  /** Whether the stanza has a field of that name in any case. */
  has(name: string): boolean;
  /** One-based line of the source on which the field of that name stands, where there is a source. */
  lineOf(name: string): number | undefined;
  /**
   * Name, as spelled in the source, and value of each field, in the order of the source; of a
   * projection, names and order are those in which the fields were asked for.
   */
  entries(): IterableIterator<[string, string]>;
}

/** A stanza over parallel arrays, which it keeps: the reader makes one for each stanza. */
export class FieldStanza implements Stanza {
  readonly line: number;
  bytes?: Uint8Array;
  readonly #names: readonly string[];
  readonly #values: readonly string[];
  readonly #lines: readonly number[] | undefined;

  /** @param lines - the line of each field, where it does not follow from the values before it */
  constructor(
    line: number,
    names: readonly string[],
    values: readonly string[],
    lines?: readonly number[],
  ) {
    this.line = line;
    this.#names = names;
    this.#values = values;
    this.#lines = lines;
  }

  get(name: string): string | undefined {
    const index = this.#find(name);
    return index < 0 ? undefined : this.#values[index];
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  lineOf(name: string): number | undefined {
    const index = this.#find(name);
    if (index < 0 || this.line === 0) return undefined;
    if (this.#lines !== undefined) return this.#lines[index];
    let line = this.line + index;
    for (const value of this.#values.slice(0, index)) line += value.split("\n").length - 1;
    return line;
  }

  entries(): IterableIterator<[string, string]> {
    return new Entries(this.#names, this.#values);
  }

  #find(name: string): number {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return i;
    const lower = name.toLowerCase();
    for (let i = 0; i < names.length; i++) {
      const candidate = names[i] as string;
      if (candidate.length === lower.length && candidate.toLowerCase() === lower) return i;
    }
    return -1;
  }
}

/** The fields of a projection that a stanza has: names are looked up once for all stanzas. */
export class ProjectedStanza implements Stanza {
  readonly line: number;
  bytes?: Uint8Array;
  readonly #values: readonly (string | undefined)[];
  readonly #lines: readonly (number | undefined)[];
  readonly #projection: Projection;

  /** @param values - in the order of the projection's names, as the lines are */
  constructor(
    line: number,
    projection: Projection,
    values: readonly (string | undefined)[],
    lines: readonly (number | undefined)[],
  ) {
    this.line = line;
    this.#values = values;
    this.#lines = lines;
    this.#projection = projection;
  }

  get(name: string): string | undefined {
    const slot = this.#projection.slot(name);
    return slot < 0 ? undefined : this.#values[slot];
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  lineOf(name: string): number | undefined {
    const slot = this.#projection.slot(name);
    return slot < 0 ? undefined : this.#lines[slot];
  }

  entries(): IterableIterator<[string, string]> {
    return new Entries(this.#projection.names, this.#values);
  }
}

/** An iterator by hand: a generator took twice as long over all fields of an index. */
class Entries implements IterableIterator<[string, string]> {
  readonly #names: readonly string[];
  readonly #values: readonly (string | undefined)[];
  #index = 0;

  constructor(names: readonly string[], values: readonly (string | undefined)[]) {
    this.#names = names;
    this.#values = values;
  }

  next(): IteratorResult<[string, string], undefined> {
    while (this.#index < this.#names.length) {
      const index = this.#index++;
      const value = this.#values[index];
      if (value !== undefined) return { done: false, value: [this.#names[index] as string, value] };
    }
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}
