import { fieldName, run } from "./grammar.js";

/** Field names asked for. */
export interface Projection {
  /** Each once, as spelled by whoever asked. */
  readonly names: readonly string[];
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
  return {
    names,
    slot: (name) => slots.get(name) ?? slots.get(name.toLowerCase()) ?? -1,
  };
}
