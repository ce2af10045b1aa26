/** Names that one chunk holds: 8 MiB. */
const CHUNK = 1 << 20;

/** Directories that an index can number: with 32 bits of a name that is what a double holds exactly. */
const MOST_DIRECTORIES = 1 << 21;

/** Names that an index takes: 80 MiB. */
const MOST_NAMES = 10 * CHUNK;

/**
 * Which directories hold a file of some name, for millions of files in 8 bytes each: a name is kept
 * as 32 bits of a hash, so that a directory may be told that does not hold it.
 */
export class NameIndex {
  readonly #directories: string[] = [];
  readonly #chunks: Float64Array[] = [];
  readonly #most: number;
  #size = 0;

  /** @param most - names that it takes */
  constructor(most = MOST_NAMES) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the names of a directory; false where there is no room for all of them. */
  add(directory: string, names: readonly string[]): boolean {
    const number = this.#directories.length;
    if (number >= MOST_DIRECTORIES) return false;
    this.#directories.push(directory);
    for (const name of names) {
      if (this.#size >= this.#most) return false;
      const at = this.#size % CHUNK;
      if (at === 0) this.#chunks.push(new Float64Array(CHUNK));
      const chunk = this.#chunks.at(-1);
      if (chunk) chunk[at] = hashOf(name) * MOST_DIRECTORIES + number;
      this.#size += 1;
    }
    return true;
  }

  /** Orders what was added: afterwards it can be looked up, and takes nothing more. */
  close(): this {
    const [last] = this.#chunks.splice(-1);
    if (last) this.#chunks.push(last.slice(0, this.#size % CHUNK || CHUNK));
    for (const chunk of this.#chunks) chunk.sort();
    return this;
  }

  /** The directories that may hold a file of this name. */
  *directoriesOf(name: string): Generator<string, void, undefined> {
    const first = hashOf(name) * MOST_DIRECTORIES;
    for (const chunk of this.#chunks)
      for (let at = lowerBound(chunk, first); ; at += 1) {
        const number = (chunk[at] ?? Infinity) - first;
        const directory = number < MOST_DIRECTORIES ? this.#directories[number] : undefined;
        if (directory === undefined) break;
        yield directory;
      }
  }
}

/** FNV-1a over UTF-16 code units. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The first place in an ordered chunk whose value is not less. */
function lowerBound(chunk: Float64Array, value: number): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
