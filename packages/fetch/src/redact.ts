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
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // No login stands in `file:///`: an `@` there belongs to a file's name.
  if (parsed === undefined || (parsed.host === "" && !/^file:\/\/\//i.test(url))) {
    // `user:password@host` without scheme parses as a URL of the scheme `user:`.
    const bare = url.replace(/^([a-z][a-z0-9+.-]*:\/\/|\/\/)?.*@/is, "$1");
    return escapeText(bare.replace(/\?.*$/s, "?***"));
  }
  parsed.username = "";
  parsed.password = "";
  parsed.hash = "";
  if (parsed.search !== "") {
    parsed.search = "?***";
  }
  return escapeText(parsed.href);
}
