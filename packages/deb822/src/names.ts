import type { ByteText } from "./decode.js";

/** A field name as some source spells it. */
export interface SpelledName {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Shared by all spellings of the name. */
  readonly identity: NameIdentity;
  /** The name that came next when this one was seen last: most often it comes next again. */
  next: SpelledName | undefined;
}

/** The number of the stanza in which a name was seen last. */
export interface NameIdentity {
  seen: number;
}

const slots = 1024;
const maxIdentities = 8192;

/** Field names seen so far: each is decoded once, and duplicates are found without a set per stanza. */
export class NameTable {
  #spelled: (SpelledName | undefined)[] = new Array(slots).fill(undefined);
  #identities = new Map<string, NameIdentity>();

  /** The name that stands in the bytes from `start` to `end`; `previous` is the one before it. */
  find(
    source: ByteText,
    start: number,
    end: number,
    previous: SpelledName | undefined,
  ): SpelledName {
    const { bytes } = source;
    const guess = previous?.next;
    if (guess !== undefined && matches(guess.bytes, bytes, start, end)) return guess;
    let hash = 0;
    for (let i = start; i < end; i++) hash = (hash * 31 + (bytes[i] as number)) | 0;
    const slot = hash & (slots - 1);
    let name = this.#spelled[slot];
    if (name === undefined || !matches(name.bytes, bytes, start, end)) {
      name = this.#spell(source, start, end);
      this.#spelled[slot] = name;
    }
    if (previous !== undefined) previous.next = name;
    return name;
  }

  /** Forgets names when a source has sent too many different ones; to be called between stanzas. */
  trim(): void {
    if (this.#identities.size <= maxIdentities) return;
    this.#identities = new Map();
    this.#spelled = new Array(slots).fill(undefined);
  }

  #spell(source: ByteText, start: number, end: number): SpelledName {
    const text = source.ascii(start, end);
    const lower = text.toLowerCase();
    let identity = this.#identities.get(lower);
    if (identity === undefined) {
      identity = { seen: -1 };
      this.#identities.set(lower, identity);
    }
    return { text, bytes: source.bytes.slice(start, end), identity, next: undefined };
  }
}

function matches(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = known;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
