import type { ByteText } from "./decode.js";

/** A field name as some source spells it. */
export interface SpelledName {
  readonly text: string;
  /** The name and the colon behind it. */
  readonly bytes: Uint8Array;
  /** Shared by all spellings of the name. */
  readonly identity: NameIdentity;
  /** Place of the field in a projection, -1 where it is not wanted. */
  readonly slot: number;
  /** The name that came next when this one was seen last: most often it comes next again. */
  next: SpelledName | undefined;
}

/** The number of the stanza in which a name was seen last. */
export interface NameIdentity {
  seen: number;
}

const slots = 1024;
const maxCharacters = 256 * 1024;

/** Field names seen so far: each is decoded once, and duplicates are found without a set per stanza. */
export class NameTable {
  readonly #slotOf: (name: string) => number;
  #spelled: (SpelledName | undefined)[] = new Array(slots).fill(undefined);
  #identities = new Map<string, NameIdentity>();
  #characters = 0;

  constructor(slotOf: (name: string) => number) {
    this.#slotOf = slotOf;
  }

  /** The name that lies from `start` up to the colon before `end`. */
  find(source: ByteText, start: number, end: number): SpelledName {
    const { bytes } = source;
    let hash = 0;
    for (let i = start; i < end; i++) hash = (hash * 31 + (bytes[i] as number)) | 0;
    const place = hash & (slots - 1);
    const known = this.#spelled[place];
    if (known !== undefined && known.bytes.length === end - start) {
      if (startsWith(bytes, start, known.bytes)) return known;
    }
    const text = source.ascii(start, end - 1);
    const lower = text.toLowerCase();
    let identity = this.#identities.get(lower);
    if (identity === undefined) {
      identity = { seen: -1 };
      this.#identities.set(lower, identity);
      this.#characters += text.length;
    }
    const slot = this.#slotOf(text);
    // the `slice` of a Buffer is no copy, and what it shows changes with the next chunk
    const copy = new Uint8Array(bytes.subarray(start, end));
    const name = { text, bytes: copy, identity, slot, next: undefined };
    this.#spelled[place] = name;
    return name;
  }

  /**
   * Forgets names when a source has sent too much of them; to be called between stanzas.
   *
   * @returns whether it did: names found before have other identities than those found later
   */
  trim(): boolean {
    if (this.#characters <= maxCharacters) return false;
    this.#characters = 0;
    this.#identities = new Map();
    this.#spelled = new Array(slots).fill(undefined);
    return true;
  }
}

/** Whether the bytes at `index` are those of `prefix`; the last byte of `bytes` is in no prefix. */
export function startsWith(bytes: Uint8Array, index: number, prefix: Uint8Array): boolean {
  const { length } = prefix;
  for (let i = 0; i < length; i++) if (bytes[index + i] !== prefix[i]) return false;
  return true;
}
