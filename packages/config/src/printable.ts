import { isTable, type KeyPath, type TomlValue } from "./toml.js";

const MAX_SHOWN = 80;
// C0, DEL, C1, and the marks that break lines or turn the direction of text around.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const BARE_KEY = /^[A-Za-z0-9_-]+$/;

/** The text with control characters and direction marks escaped as `\uXXXX`. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The TOML path as it would be written, such as `mirrors."a.b".suites[1]`. */
export function showPath(path: KeyPath): string {
  let shown = "";
  for (const part of path) {
    if (typeof part === "number") shown += `[${part}]`;
    else {
      const key = BARE_KEY.test(part) ? part : printable(JSON.stringify(shorten(part)));
      shown += shown === "" ? key : `.${key}`;
    }
  }
  return shown;
}

/** A value for people: short, printable, and without what looks like credentials. */
export function showValue(value: TomlValue): string {
  if (typeof value === "string") return printable(JSON.stringify(shorten(maskCredentials(value))));
  if (typeof value === "bigint") return shorten(String(value));
  if (typeof value === "number") return `${value} (a float)`;
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return isTable(value) ? "a table" : "a date";
}

/**
 * The text with everything between `//` (or the start) and the last `@` replaced by `***`, and
 * with what follows `?` or `#` left out, where it looks like a URL.
 *
 * Hides too much rather than too little: a password may hold `@`, `/` and `?` unescaped.
 */
export function maskCredentials(text: string): string {
  return /\/\//.test(text) || /:.*@/s.test(text) ? maskUrl(text) : text;
}

/** {@link maskCredentials} for a text that is meant to be a URL, whatever it looks like. */
export function maskUrl(text: string): string {
  const scheme = /^\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\//.exec(text)?.[0] ?? "";
  const at = text.lastIndexOf("@");
  const masked =
    at > 0
      ? `${scheme}***${text.slice(at)}`
      : // A password may stand there although its @ was forgotten.
        text.replace(/^([^/]*\/\/[^/:[]*):(?!\d{1,5}(?:[/?#]|$)).*$/s, "$1:***");
  return masked.replace(/[?#].*$/s, (tail) => `${tail[0]}***`);
}

/**
 * A source line whose credentials are overwritten by `*`, each character at its place so that a
 * caret below still fits: from the first quote or `=` to the last `@`, and the values of a query.
 */
export function maskLine(line: string): string {
  const at = line.lastIndexOf("@");
  const start = at === -1 ? -1 : line.slice(0, at).search(/["'=]/);
  const from = start === -1 ? 0 : start + 1;
  const masked = at === -1 ? line : line.slice(0, from) + "*".repeat(at - from) + line.slice(at);
  return masked.replace(
    /([?#])([^\s"']*[=&][^\s"']*)/g,
    (_, mark, tail) => mark + "*".repeat(tail.length),
  );
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}
