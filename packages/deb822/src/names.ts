import type { ByteText } from "./decode.js";

/** A field name as some source spells it. */
export interface SpelledName {
  readonly text: string;
  readonly hash: number;
  readonly bytes: Uint8Array;
  /** Shared by all spellings of the name. */
  readonly identity: NameIdentity;
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

  /** The name that stands in the bytes from `start` to `end`, `hash` computed over those bytes. */
  find(source: ByteText, start: number, end: number, hash: number): SpelledName {
    const slot = hash & (slots - 1);
    const known = this.#spelled[slot];
    if (known !== undefined && known.hash === hash) {
      if (matches(known.bytes, source.bytes, start, end)) return known;
    }
    const text = source.ascii(start, end);
    const lower = text.toLowerCase();
    let identity = this.#identities.get(lower);
    if (identity === undefined) {
      identity = { seen: -1 };
      this.#identities.set(lower, identity);
    }
    const entry = { text, hash, bytes: source.bytes.slice(start, end), identity };
    this.#spelled[slot] = entry;
    return entry;
  }

  /** Forgets names when a source has sent too many different ones; to be called between stanzas. */
  trim(): void {
    if (this.#identities.size <= maxIdentities) return;
    this.#identities = new Map();
    this.#spelled = new Array(slots).fill(undefined);
  }
}

function matches(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
