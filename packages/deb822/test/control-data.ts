import * as fc from "fast-check";
import type { Stanza } from "../src/index.js";

/** A stanza as plain data. */
export function plain(stanza: Stanza): [string, string][] {
  return [...stanza.entries()];
}

/** Every stanza of a source, as plain data with its line. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("Package", "Version", "a", "B", "X-Y_z", "Description") },
  { weight: 6, arbitrary: fc.constantFrom(":", ": ", ":\t") },
  { weight: 8, arbitrary: fc.constantFrom("\n", "\n ", "\n\t", "\n\n", "\r\n", "\r\n ", "\n#") },
  { weight: 2, arbitrary: fc.constantFrom("\r", "\0", "-", "#", "\ufeff", "-----BEGIN PGP ") },
  { weight: 5, arbitrary: fc.constantFrom("x", "1.0-1", " ", "  ", "\t", ".", "ä€", "𝄞", "word") },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

/** Text that is often control data and often not quite. */
export const almostControlData = fc
  .array(fragment, { maxLength: 60 })
  .map((fragments) => fragments.join(""))
  .map((text) => text.toWellFormed());

const fieldName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const valueLine = fc.stringMatching(/^[ -~äé€]{0,30}$/).map((line) => line.trim());
const moreLines = fc.array(
  valueLine.filter((line) => line !== "").map((line) => ` ${line}`),
  { maxLength: 3 },
);

/** The fields of a stanza that can be written and read again. */
export const fields = fc.uniqueArray(
  fc.tuple(
    fieldName,
    fc.tuple(valueLine, moreLines).map(([first, more]) => [first, ...more].join("\n")),
  ),
  { minLength: 1, maxLength: 8, selector: ([name]) => name.toLowerCase() },
);

/** Text that is control data. */
export const controlData = fc
  .array(
    fc.tuple(
      fields,
      fc.constantFrom("", "# comment\n", "\n", "\r\n"),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", " ", "\t "),
    ),
    { maxLength: 5 },
  )
  .map((stanzas) =>
    stanzas
      .map(([entries, extra, newline, blank]) => {
        const lines = entries.map(([name, value]) => `${name}:${blank}${value}${blank}`);
        return extra + `${lines.join("\n")}\n\n`.replaceAll("\n", newline);
      })
      .join(""),
  );
