import { Deb822Error } from "./error.js";
import { printable } from "./frame.js";
import { fieldName, run } from "./grammar.js";
import { FieldStanza, type Stanza } from "./stanza.js";

/** Fields to write: a stanza, pairs of name and value, or an object. */
export type FieldSource = Stanza | Iterable<readonly [string, string]> | Record<string, string>;

/**
 * Writes one stanza, without the empty line that ends it. {@link parseStanzas} reads the same
 * fields back, whatever the values: what would end a field or a stanza early is refused.
 *
 * @param fields - values as {@link Stanza} shows them: continuation lines behind `"\n"`, each with
 *   the blank it begins with. {@link formatMultiline} and {@link fold} make them.
 * @example
 * ```ts
 * formatStanza({ Package: "hello", Description: "greeting\n program" });
 * // "Package: hello\nDescription: greeting\n program\n"
 * ```
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_FIELD_NAME`, `_BAD_FIELD_VALUE`, `_DUPLICATE_FIELD`,
 *   `_STANZA_COUNT` where there is no field
 */
export function formatStanza(fields: FieldSource): string {
  const seen = new Set<string>();
  let text = "";
  for (const [name, value] of entriesOf(fields)) {
    text += formatField(name, value);
    const lower = name.toLowerCase();
    if (seen.has(lower)) {
      throw new Deb822Error("ERR_DEB822_DUPLICATE_FIELD", `field ${name} given twice`, {
        field: name,
      });
    }
    seen.add(lower);
  }
  if (text === "") throw new Deb822Error("ERR_DEB822_STANZA_COUNT", "a stanza without fields");
  return text;
}

/**
 * Writes stanzas with an empty line between them.
 *
 * @throws {@link Deb822Error} as {@link formatStanza}
 */
export function formatStanzas(stanzas: Iterable<FieldSource>): string {
  return Array.from(stanzas, formatStanza).join("\n");
}

/**
 * Makes a stanza of fields, checked as {@link formatStanza} checks them.
 *
 * @throws {@link Deb822Error} as {@link formatStanza}
 */
export function createStanza(fields: FieldSource): Stanza {
  formatStanza(fields);
  const pairs = Array.from(entriesOf(fields));
  return new FieldStanza(
    0,
    pairs.map(([name]) => name),
    pairs.map(([, value]) => value),
  );
}

/** One field with its line end. */
export function formatField(name: string, value: string): string {
  checkName(name);
  checkValue(name, value);
  return value === "" || value.startsWith("\n") ? `${name}:${value}\n` : `${name}: ${value}\n`;
}

/** @throws {@link Deb822Error} `ERR_DEB822_BAD_FIELD_NAME` */
export function checkName(name: string): void {
  const reply = run(fieldName, name);
  if (reply.status && reply.index === name.length) return;
  const found = printable(name);
  throw new Deb822Error("ERR_DEB822_BAD_FIELD_NAME", `"${found}" cannot be the name of a field`, {
    found,
  });
}

/** @throws {@link Deb822Error} `ERR_DEB822_BAD_FIELD_VALUE` */
export function checkValue(field: string, value: string): void {
  for (const [pattern, fact] of refused) {
    const index = value.search(pattern);
    if (index < 0) continue;
    const found = printable(value.slice(index, index + 20));
    throw new Deb822Error("ERR_DEB822_BAD_FIELD_VALUE", `${field}: ${fact}, got "${found}"`, {
      field,
      found,
    });
  }
}

const refused: readonly (readonly [RegExp, string])[] = [
  // some readers take these, too, for the end of a line; half a surrogate pair is no UTF-8
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
  [/[\0-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]/, "a control character"],
  [/\p{Surrogate}/u, "half a surrogate pair"],
  [/\n(?![ \t])/, "a line that does not begin with a blank"],
  [/\n[ \t]+(?=\n|$)/, "a line of blanks alone"],
  [/^[ \t]|[ \t]$/, "a blank around the value"],
];

function entriesOf(fields: FieldSource): Iterable<readonly [string, string]> {
  if (Symbol.iterator in fields) return fields as Iterable<readonly [string, string]>;
  if (typeof fields.entries === "function") return (fields as Stanza).entries();
  return Object.entries(fields as Record<string, string>);
}
