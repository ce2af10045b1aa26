import type { KeyPath } from "./toml.js";

/** A place in a text, counted from 1; the column in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds where a key, a table or a list element of a TOML document stands. */
export type Locate = (path: KeyPath) => Position | undefined;

const BARE = /[A-Za-z0-9_-]+/y;
const BLANKS = /[ \t]*/y;
const BETWEEN = /(?:[ \t\r\n]|#[^\n]*)*/y;
const BASIC = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const LITERAL = /'[^'\n]*'/y;
const LONG_BASIC = /"{3}[^"\\]*(?:(?:\\[\s\S]|"{1,2}(?!"))[^"\\]*)*"{3,5}/y;
const LONG_LITERAL = /'{3}[^']*(?:'{1,2}(?!')[^']*)*'{3,5}/y;
const PLAIN_VALUE = /\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d[0-9.:Zz+-]*)?|[A-Za-z0-9+_.:-]+/y;

/**
 * Walks a text that a TOML parser has accepted and notes where each key stands.
 *
 * It knows only as much of TOML as that needs. Where it meets anything that it does not know, it
 * locates nothing at all: no place is better than a wrong one.
 */
export function locateKeys(text: string): Locate {
  const places = new Map<string, number>();
  if (!new Walk(text, places).run()) places.clear();
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lineStarts.push(at + 1);
  }
  return (path) => {
    const offset = places.get(placeKey(path));
    return offset === undefined ? undefined : toPosition(offset, lineStarts);
  };
}

class Walk {
  readonly #text: string;
  readonly #places: Map<string, number>;
  readonly #tableLists = new Map<string, number>();
  #at = 0;

  constructor(text: string, places: Map<string, number>) {
    this.#text = text;
    this.#places = places;
  }

  /** Whether the whole text was understood. */
  run(): boolean {
    let table: (string | number)[] = [];
    for (;;) {
      this.#take(BETWEEN);
      if (this.#at >= this.#text.length) return true;
      const start = this.#at;
      if (this.#text[start] === "[") {
        const listed = this.#text[start + 1] === "[";
        this.#at += listed ? 2 : 1;
        const keys = this.#keys();
        const end = listed ? "]]" : "]";
        if (keys === undefined || !this.#text.startsWith(end, this.#at)) return false;
        this.#at += end.length;
        table = this.#enter(keys, listed, start);
      } else if (!this.#pair(table, 0)) return false;
      this.#take(BLANKS);
      if (!/^(?:$|#|\r?\n)/.test(this.#text.slice(this.#at, this.#at + 2))) return false;
    }
  }

  /** Notes a table header and returns its path, with the position inside each list of tables. */
  #enter(keys: string[], listed: boolean, start: number): (string | number)[] {
    const path: (string | number)[] = [];
    keys.forEach((key, index) => {
      path.push(key);
      const list = placeKey(path);
      const isLast = index === keys.length - 1;
      // A table's own header is a better place than that of a table inside it which came before.
      if (isLast && !listed) this.#places.set(list, start);
      else this.#note(path, start);
      const position = this.#tableLists.get(list);
      if (isLast && listed) {
        path.push((position ?? -1) + 1);
        this.#tableLists.set(list, (position ?? -1) + 1);
        this.#note(path, start);
      } else if (position !== undefined) path.push(position);
    });
    return path;
  }

  #pair(table: readonly (string | number)[], depth: number): boolean {
    const start = this.#at;
    const keys = this.#keys();
    if (keys === undefined || this.#text[this.#at] !== "=") return false;
    this.#at++;
    const path = [...table];
    for (const key of keys) {
      path.push(key);
      this.#note(path, start);
    }
    this.#take(BLANKS);
    return this.#value(path, depth);
  }

  #value(path: readonly (string | number)[], depth: number): boolean {
    const first = this.#text[this.#at];
    if (depth > 64) return false;
    if (first === "[") return this.#items("]", (n) => this.#element([...path, n], depth + 1));
    if (first === "{") return this.#items("}", () => this.#pair(path, depth + 1));
    return this.#string() !== undefined || this.#take(PLAIN_VALUE) !== "";
  }

  #element(path: readonly (string | number)[], depth: number): boolean {
    this.#note(path, this.#at);
    return this.#value(path, depth);
  }

  #items(end: string, item: (index: number) => boolean): boolean {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#take(BETWEEN);
      if (this.#text[this.#at] === end) break;
      if (!item(index)) return false;
      this.#take(BETWEEN);
      if (this.#text[this.#at] === end) break;
      if (this.#text[this.#at] !== ",") return false;
      this.#at++;
    }
    this.#at++;
    return true;
  }

  #string(): string | undefined {
    const quotes = this.#text.slice(this.#at, this.#at + 3);
    const first = quotes[0];
    if (first !== '"' && first !== "'") return undefined;
    if (quotes === '"""') return this.#take(LONG_BASIC) || undefined;
    if (quotes === "'''") return this.#take(LONG_LITERAL) || undefined;
    return this.#take(first === '"' ? BASIC : LITERAL) || undefined;
  }

  #keys(): string[] | undefined {
    const keys: string[] = [];
    for (;;) {
      this.#take(BLANKS);
      const key = this.#key();
      if (key === undefined) return undefined;
      keys.push(key);
      this.#take(BLANKS);
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  #key(): string | undefined {
    const bare = this.#take(BARE);
    if (bare !== "") return bare;
    if (this.#text[this.#at] === "'") return this.#take(LITERAL).slice(1, -1);
    const quoted = this.#text[this.#at] === '"' ? this.#take(BASIC) : "";
    if (quoted === "") return undefined;
    try {
      const key: unknown = JSON.parse(quoted);
      return typeof key === "string" ? key : undefined;
    } catch {
      return undefined; // an escape that TOML has and JSON has not
    }
  }

  #note(path: readonly (string | number)[], offset: number): void {
    const key = placeKey(path);
    if (!this.#places.has(key)) this.#places.set(key, offset);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }
}

function placeKey(path: KeyPath): string {
  return JSON.stringify(path);
}

function toPosition(offset: number, lineStarts: readonly number[]): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}
