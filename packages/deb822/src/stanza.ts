/**
 * One stanza: fields in the order of the source, names compared without regard to case.
 *
 * A value is the text after the colon without the blanks around it; continuation lines follow after
 * `"\n"`, each with the blanks it begins with; comment lines are left out (deb822(5), "SYNTAX").
 */
export interface Stanza {
  /** One-based line of the source on which the first field stands; 0 for a stanza built by hand. */
  readonly line: number;
  /** The value of the field of that name in any case, or `undefined`. */
  get(name: string): string | undefined;
  /** Whether the stanza has a field of that name in any case. */
  has(name: string): boolean;
  /** Name, as spelled in the source, and value of each field, in the order of the source. */
  entries(): IterableIterator<[string, string]>;
}

/** A stanza over two parallel arrays, which it keeps: the reader makes one for each stanza. */
export class FieldStanza implements Stanza {
  readonly line: number;
  readonly #names: readonly string[];
  readonly #values: readonly string[];

  constructor(line: number, names: readonly string[], values: readonly string[]) {
    this.line = line;
    this.#names = names;
    this.#values = values;
  }

  get(name: string): string | undefined {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return this.#values[i];
    const index = indexIgnoringCase(names, name);
    return index < 0 ? undefined : this.#values[index];
  }

  has(name: string): boolean {
    return indexIgnoringCase(this.#names, name) >= 0;
  }

  *entries(): IterableIterator<[string, string]> {
    for (let i = 0; i < this.#names.length; i++) {
      yield [this.#names[i] as string, this.#values[i] as string];
    }
  }
}

function indexIgnoringCase(names: readonly string[], name: string): number {
  const lower = name.toLowerCase();
  return names.findIndex(
    (candidate) => candidate.length === lower.length && candidate.toLowerCase() === lower,
  );
}
