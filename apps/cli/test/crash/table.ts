/** Renders rows of equal keys as columns, with the sums of all numbers below. */
export function renderTable(rows: readonly object[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => keys.map((key) => (row as Record<string, unknown>)[key]));
  const sums = keys.map((_, column) => {
    const values = cells.map((row) => row[column]);
    return values.every((value) => typeof value === "number")
      ? values.reduce((sum, value) => sum + value, 0)
      : "in all";
  });
  const lines = [keys, ...cells, sums].map((row) => row.map(String));
  const widths = keys.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join("  "),
    )
    .join("\n");
}
