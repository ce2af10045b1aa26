import { fieldName, run } from "./grammar.js";

/** Field names asked for, found by length and bytes without decoding the name. */
export interface Projection {
  /** Each once, as spelled by whoever asked. */
  readonly names: readonly string[];
  /** Index into `names` of the name in these bytes, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number;
  /** Index into `names` of a name in any case, or -1. */
  slot(name: string): number;
}

/** @throws TypeError when a name cannot be the name of a field */
export function projectionOf(fields: readonly string[]): Projection {
  const slots = new Map<string, number>();
  const names: string[] = [];
  for (const name of fields) {
    const reply = run(fieldName, name);
    if (!reply.status || reply.index !== name.length) {
      throw new TypeError(`not a field name: ${JSON.stringify(name)}`);
    }
    const lower = name.toLowerCase();
    const slot = slots.get(lower) ?? names.push(name) - 1;
    slots.set(lower, slot);
    slots.set(name, slot);
  }
  const byLength: (Candidate[] | undefined)[] = [];
  names.forEach((name, slot) => {
    const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    byLength[name.length] = [...(byLength[name.length] ?? []), { slot, bytes }];
  });
  const lengths = Array.from(byLength);
  return {
    names,
    find(bytes, start, end) {
      const length = end - start;
      const candidates = length < lengths.length ? lengths[length] : undefined;
      if (candidates === undefined) return -1;
      for (let c = 0; c < candidates.length; c++) {
        const candidate = candidates[c] as Candidate;
        if (equalIgnoringCase(candidate.bytes, bytes, start)) return candidate.slot;
      }
      return -1;
    },
    slot: (name) => slots.get(name) ?? slots.get(name.toLowerCase()) ?? -1,
  };
}

interface Candidate {
  readonly slot: number;
  readonly bytes: Uint8Array;
}

function equalIgnoringCase(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    const a = name[i] as number;
    const b = bytes[start + i] as number;
    if (a !== b && lower(a) !== lower(b)) return false;
  }
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
