const width = 100;

/**
 * Shows text of the source in one line: control characters, bidirectional controls and lone
 * surrogates escaped, cut to `limit` characters.
 */
export function printable(text: string, limit = 80): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return cut.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Renders the last of `lines` with a caret below `column` (one-based), and the lines before it.
 *
 * @param lines - up to three lines of the source, the last one at fault
 * @param line - the number of that last line, one-based
 */
export function codeFrame(lines: readonly string[], line: number, column: number): string {
  const label = String(line).length;
  // a long line is shown around the column only
  const skipped = Math.max(0, column - 1 - (width - 20));
  const rows = lines.map((text, index) => {
    const number = String(line - lines.length + 1 + index).padStart(label);
    const last = index === lines.length - 1;
    return `${last ? ">" : " "} ${number} | ${clip(text, last ? skipped : 0)}`;
  });
  const before = clip((lines.at(-1) ?? "").slice(0, column - 1), skipped);
  return `${rows.join("\n")}\n  ${" ".repeat(label)} | ${" ".repeat(before.length)}^`;
}

function clip(text: string, from: number): string {
  return printable(text.slice(from, from + width), width);
}
