import { escapeText } from "./escape-text.js";

/**
 * A URL that may be printed: without user name and password, without the values of its query
 * (signed URLs of object stores carry credentials there) and without its fragment.
 *
 * A text that is no URL loses whatever stands before an `@` and after a `?`.
 *
 * @example
 * ```ts
 * redactUrl("https://me:secret@deb.example.org/debian/?token=1"); // https://deb.example.org/debian/?***
 * ```
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) {
    return escapeText(
      url.replace(/^([a-z][a-z0-9+.-]*:)?(\/*)[^/]*@/i, "$1$2").replace(/\?.*$/s, "?***"),
    );
  }
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  parsed.hash = "";
  if (parsed.search !== "") {
    parsed.search = "?***";
  }
  return escapeText(parsed.href);
}
