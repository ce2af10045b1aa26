/** A TOML table without a prototype, so that keys such as `__proto__` are plain data. */
export type Table = { [key: string]: TomlValue };

/** Any TOML value; integers are bigints and floats are numbers, as the two differ in TOML. */
export type TomlValue = string | bigint | number | boolean | Date | TomlValue[] | Table;

/** The keys and list positions that lead to a value. */
export type KeyPath = readonly (string | number)[];

/** Whether a value is a table, neither a list nor a date. */
export function isTable(value: TomlValue | undefined): value is Table {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

/**
 * The same value with every table rebuilt without a prototype, or `undefined` if tables and lists
 * are nested deeper than `depth`.
 */
export function withoutPrototypes(value: TomlValue, depth: number): TomlValue | undefined {
  if (!Array.isArray(value) && !isTable(value)) return value;
  if (depth === 0) return undefined;
  const copy: TomlValue[] | Table = Array.isArray(value) ? [] : Object.create(null);
  for (const [key, inner] of Object.entries(value)) {
    const innerCopy = withoutPrototypes(inner, depth - 1);
    if (innerCopy === undefined) return undefined;
    if (Array.isArray(copy)) copy.push(innerCopy);
    else copy[key] = innerCopy;
  }
  return copy;
}
