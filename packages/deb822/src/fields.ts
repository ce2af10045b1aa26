import { parseDate } from "./date.js";
import { Deb822Error, type Deb822ErrorCode } from "./error.js";
import { codeFrame, printable } from "./frame.js";
import type { Stanza } from "./stanza.js";

/**
 * Makes the error for the value of a field.
 *
 * @param offset - index into the value, where the fault has a place in it
 */
export function valueError(
  stanza: Stanza,
  field: string,
  code: Deb822ErrorCode,
  message: string,
  facts: { offset?: number; expected?: string; found?: string } = {},
): Deb822Error {
  const value = stanza.get(field) ?? "";
  const { offset = 0, ...rest } = facts;
  const lineStart = value.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = value.indexOf("\n", lineStart);
  const text = value.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  // the first line of a value does not know how many blanks stood before it
  const prefix = lineStart === 0 ? `${field}: ` : "";
  const above = value.slice(0, lineStart).split("\n").length - 1;
  const fieldLine = stanza.lineOf(field);
  const line = fieldLine === undefined ? undefined : fieldLine + above;
  const column = prefix.length + offset - lineStart + 1;
  return new Deb822Error(code, `${field}: ${message}`, {
    line,
    ...(line !== undefined && lineStart > 0 && { column }),
    field,
    frame: codeFrame([prefix + text], line ?? 1, column),
    ...rest,
  });
}

/**
 * The value of a field that must be there and not be empty.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_MISSING_FIELD`
 */
export function requiredField(stanza: Stanza, field: string): string {
  const value = stanza.get(field);
  if (value === undefined || value === "") throw missingField(stanza, field, value);
  return value;
}

function missingField(stanza: Stanza, field: string, value: string | undefined): Deb822Error {
  const name = stanza.get("Package");
  const whose = name === undefined || field === "Package" ? "" : ` of ${printable(name)}`;
  return new Deb822Error(
    "ERR_DEB822_MISSING_FIELD",
    `field ${field}${whose} is ${value === undefined ? "missing" : "empty"}`,
    { ...(stanza.line > 0 && { line: stanza.line }), field },
  );
}

/**
 * The value of a field that names one thing: not empty and without blanks, control characters or
 * what was not UTF-8.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_MISSING_FIELD`, `ERR_DEB822_BAD_VALUE`
 */
export function requiredWord(stanza: Stanza, field: string): string {
  const value = stanza.get(field);
  if (value === undefined || value === "") throw missingField(stanza, field, value);
  if (!notInWord.test(value)) return value;
  const offset = value.search(notInWord);
  const found = printable(value);
  throw valueError(stanza, field, "ERR_DEB822_BAD_VALUE", `expected one word, got "${found}"`, {
    offset,
    found,
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
const notInWord = /[\u0000-\u0020\u007f\ufffd]/;

/**
 * A number of bytes: decimal digits alone, and exact as a JavaScript number.
 *
 * @returns `undefined` for anything else
 */
export function parseSize(text: string): number | undefined {
  if (text === "" || text.length > 16) return undefined;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    size = size * 10 + digit;
  }
  return Number.isSafeInteger(size) ? size : undefined;
}

/**
 * The size in a field that must be there.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_MISSING_FIELD`, `ERR_DEB822_BAD_SIZE`
 */
export function requiredSize(stanza: Stanza, field: string): number {
  const value = requiredField(stanza, field);
  const size = parseSize(value);
  if (size !== undefined) return size;
  const found = printable(value);
  throw valueError(
    stanza,
    field,
    "ERR_DEB822_BAD_SIZE",
    `expected a whole number below 2^53, got "${found}"`,
    { found },
  );
}

/**
 * The words of a value that blanks and line ends separate; none for a missing field.
 *
 * @example
 * ```ts
 * const [release] = parseStanzas("Components: main contrib\n");
 * wordsOf(release.get("Components")); // ["main", "contrib"]
 * ```
 */
export function wordsOf(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(/[ \t\r\n]+/).filter((word) => word !== "");
}

/** Whether the value means yes, as apt reads it: `yes`, `true`, `with`, `on`, `enable`, or not 0. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(yes|true|with|on|enable|0*[1-9][0-9]*)$/i.test(value);
}

/** Values of the fields named that are there and not empty, under the keys of `fields`. */
export function textFields<K extends string>(
  stanza: Stanza,
  fields: Readonly<Record<K, string>>,
): { [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  for (const key in fields) {
    const value = stanza.get(fields[key]);
    if (value !== undefined && value !== "") found[key] = value;
  }
  return found;
}

/**
 * Dates of the fields named that are there, under the keys of `fields`.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_DATE`
 */
export function dateFields<K extends string>(
  stanza: Stanza,
  fields: Readonly<Record<K, string>>,
): { [P in K]?: Date } {
  const found: { [P in K]?: Date } = {};
  for (const key in fields) {
    const field = fields[key];
    const value = stanza.get(field);
    if (value === undefined) continue;
    const date = parseDate(value);
    if (date === undefined) {
      const text = printable(value);
      const message = `expected a date like "Sat, 11 Jul 2026 10:16:37 UTC", got "${text}"`;
      throw valueError(stanza, field, "ERR_DEB822_BAD_DATE", message, { found: text });
    }
    found[key] = date;
  }
  return found;
}

/** The lines of a value that hold anything, each as its words, with where the line starts. */
export function rowsOf(value: string | undefined): { words: string[]; offset: number }[] {
  const rows: { words: string[]; offset: number }[] = [];
  let offset = 0;
  for (const line of (value ?? "").split("\n")) {
    const words = wordsOf(line);
    if (words.length > 0) rows.push({ words, offset });
    offset += line.length + 1;
  }
  return rows;
}
