import { Deb822Error } from "./error.js";
import { printable } from "./frame.js";

/** The value of a multiline field taken apart (deb822(5), "multiline"). */
export interface MultilineValue {
  /** What stands on the line of the field's name: of a `Description`, the synopsis. */
  readonly first: string;
  /** The continuation lines without the blank each begins with; a line of `.` alone is empty. */
  readonly lines: readonly string[];
}

/**
 * Takes the value of a multiline field apart.
 *
 * @example
 * ```ts
 * parseMultiline("example\n first\n .\n  indented");
 * // { first: "example", lines: ["first", "", " indented"] }
 * ```
 */
export function parseMultiline(value: string): MultilineValue {
  const [first = "", ...more] = value.split("\n");
  const lines = more.map((line) => {
    const text = line.slice(1);
    return text.trim() === "." && !text.startsWith(" ") ? "" : text;
  });
  return { first: first.trimEnd(), lines };
}

/**
 * Makes the value of a multiline field of lines of text: each behind a blank, empty ones as ` .`.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_FIELD_VALUE` for a line of one dot, which would come
 *   back as an empty one; what else cannot be written is found by {@link formatStanza}
 */
export function formatMultiline(value: MultilineValue): string {
  const lines = value.lines.map((line) => {
    const text = line.trimEnd();
    if (text === ".") {
      throw new Deb822Error(
        "ERR_DEB822_BAD_FIELD_VALUE",
        `a line of one dot cannot be told from an empty line, got "${printable(line)}"`,
        { found: line },
      );
    }
    return text === "" ? " ." : ` ${text}`;
  });
  return [value.first.trim(), ...lines].join("\n");
}

/** The value of a folded field as one line, each run of blanks and line ends as one space. */
export function unfold(value: string): string {
  return value.replace(/[ \t\r\n]+/g, " ").trim();
}

/**
 * Folds a list into a value: the items behind each other, with a line of its own for what would go
 * over the width.
 *
 * @example
 * ```ts
 * fold(["a (>= 1)", "b", "c"], { width: 10 }); // "a (>= 1),\n b, c"
 * ```
 */
export function fold(
  items: readonly string[],
  options: { separator?: string; width?: number } = {},
): string {
  const { separator = ", ", width = 79 } = options;
  let text = "";
  let column = 0;
  items.forEach((item, index) => {
    const last = index === items.length - 1;
    const piece = last ? item : item + separator.trimEnd();
    if (index > 0 && column + 1 + piece.length > width) {
      text += `\n ${piece}`;
      column = piece.length + 1;
    } else {
      text += index === 0 ? piece : ` ${piece}`;
      column += piece.length + (index === 0 ? 0 : 1);
    }
  });
  return text;
}
