import { fieldName, run } from "./grammar.js";

/** Field names asked for. */
export interface Projection {
  /** Each once, as spelled by whoever asked. */
  readonly names: readonly string[];
  /** Index into `names` of a name in any case, or -1. */
  slot(name: string): number;
}

// names asked for again and again, also in vain, are looked up in one step
const maxSpellings = 1000;

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
  return {
    names,
    slot(name) {
      const known = slots.get(name);
      if (known !== undefined) return known;
      const slot = slots.get(name.toLowerCase()) ?? -1;
      if (slots.size < maxSpellings) slots.set(name, slot);
      return slot;
    },
  };
}
