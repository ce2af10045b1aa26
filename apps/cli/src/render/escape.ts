// C0 and C1 controls, DEL, line separators, and the marks that reorder text on a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped here.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const URL_WITH_AT = /\b([a-z][a-z0-9+.-]*:\/\/)(\S*)@/gi;
/** A host and a path before an `@` that is part of a file's name (`Translation-ca@valencia`). */
const PLACE = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?\/[^?#\s]*$/i;

/**
 * `text` as it may go to a terminal or a log: on one line, control characters spelled out, and
 * the user information of every URL hidden, also where a password holds a raw `/`, `@`, `?` or
 * quote: rather too much than too little.
 */
export function escapeText(text: string): string {
  return text
    .replace(URL_WITH_AT, (all, scheme: string, before: string) => {
      // The URL of a file has no host, and so no user.
      const place =
        /^file:/i.test(scheme) && before.startsWith("/") ? `localhost${before}` : before;
      return PLACE.test(place) && !before.includes("://") ? all : `${scheme}***@`;
    })
    .replace(UNSAFE, (char) =>
      char === "\n"
        ? "\\n"
        : char === "\t"
          ? "\\t"
          : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** As {@link escapeText}, keeping line breaks: for stack traces. */
export function escapeLines(text: string): string {
  return text.split("\n").map(escapeText).join("\n");
}
