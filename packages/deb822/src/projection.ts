import { fieldName, run } from "./grammar.js";

/** Field names asked for, found by length and bytes without decoding the name. */
export interface Projection {
  /** Index into the names asked for, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number;
  readonly names: readonly string[];
}

/** @throws TypeError when a name cannot be the name of a field */
export function projectionOf(fields: readonly string[]): Projection {
  const names = [...new Map(fields.map((name) => [name.toLowerCase(), name])).values()];
  const byLength: { index: number; exact: Uint8Array }[][] = [];
  names.forEach((name, index) => {
    const reply = run(fieldName, name);
    if (!reply.status || reply.index !== name.length) {
      throw new TypeError(`not a field name: ${JSON.stringify(name)}`);
    }
    const exact = Uint8Array.from(name, (character) => character.charCodeAt(0));
    byLength[name.length] = [...(byLength[name.length] ?? []), { index, exact }];
  });
  return {
    names,
    find(bytes, start, end) {
      const candidates = byLength[end - start];
      if (candidates === undefined) return -1;
      for (let c = 0; c < candidates.length; c++) {
        const { index, exact } = candidates[c] as { index: number; exact: Uint8Array };
        if (equalIgnoringCase(exact, bytes, start)) return index;
      }
      return -1;
    },
  };
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
