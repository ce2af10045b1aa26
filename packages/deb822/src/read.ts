import { Deb822Error } from "./error.js";
import { ItemGenerator } from "./item-generator.js";
import type { ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";
import { type Chunk, StanzaSplitter } from "./stanza-splitter.js";

/**
 * Parses a whole text into its stanzas.
 *
 * @example
 * ```ts
 * const [stanza] = parseStanzas("Package: hello\nVersion: 2.10-3\n");
 * stanza?.get("version"); // "2.10-3"
 * ```
 * @throws {@link Deb822Error} `ERR_DEB822_SYNTAX`, `_DUPLICATE_FIELD`, `_PGP_ARMOR`, `_NUL`,
 *   `_FIELD_TOO_LARGE`, `_STANZA_TOO_LARGE`, `_TOO_MANY_FIELDS`, `_TOO_MANY_STANZAS`
 */
export function parseStanzas(text: string, options: ReadOptions = {}): Stanza[] {
  const splitter = new StanzaSplitter(options);
  const stanzas: Stanza[] = [];
  for (const batch of splitter.push(text)) for (const stanza of batch) stanzas.push(stanza);
  for (const batch of splitter.finish()) for (const stanza of batch) stanzas.push(stanza);
  return stanzas;
}

/**
 * The stanza of a file that holds one alone; a field may be as long as the file.
 *
 * @throws {@link Deb822Error} as {@link parseStanzas}; `ERR_DEB822_STANZA_COUNT`
 */
export function onlyStanza(text: string): Stanza {
  const bound = 4 * text.length + 1;
  const [stanza, second] = parseStanzas(text, { maxFieldBytes: bound, maxStanzaBytes: bound });
  if (stanza !== undefined && second === undefined) return stanza;
  const found = stanza === undefined ? "none" : "several";
  throw new Deb822Error("ERR_DEB822_STANZA_COUNT", `expected one stanza, got ${found}`, {
    line: second?.line ?? 1,
    expected: "one",
    found,
  });
}

/**
 * Reads stanzas one by one as the chunks of a source arrive; what is held does not grow with the
 * source. Chunks may end anywhere, also inside a character.
 *
 * @example
 * ```ts
 * for await (const stanza of readStanzas(createReadStream("Packages"))) {
 *   console.log(stanza.get("Package"));
 * }
 * ```
 * @throws {@link Deb822Error} as {@link parseStanzas}; errors of the source pass through
 */
export function readStanzas(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions = {},
): AsyncGenerator<Stanza, void, undefined> {
  return new ItemGenerator(readBatches(source, options), (stanza) => stanza);
}

/** The stanzas of a source, as many at once as came with a piece of it. */
export async function* readBatches(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: ReadOptions,
): AsyncGenerator<Stanza[], void, undefined> {
  const splitter = new StanzaSplitter(options);
  for await (const chunk of source) {
    for (const batch of splitter.push(chunk)) yield batch;
  }
  yield* splitter.finish();
}
