import type { Words } from "./flags.js";

/** The positional of that name, if it was typed. */
export function wordOf(words: Words, name: string): string | undefined {
  return words.positionals[name]?.[0];
}

/** A positional that the command line does not do without. */
export function requiredWord(words: Words, name: string): string {
  const word = wordOf(words, name);
  if (word === undefined) throw new TypeError(`no word for ${name}`);
  return word;
}
