import { escapeText } from "./escape.js";

/** Rows as aligned columns, two blanks between them; the columns named stand to the right. */
export function renderTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const texts = rows.map((row) => row.map(escapeText));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return texts.map((row) => `${line(row)}\n`).join("");
}
