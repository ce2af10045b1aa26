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

/** The same value with every table rebuilt without a prototype. */
export function withoutPrototypes(value: TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (!isTable(value)) return value;
  const table: Table = Object.create(null);
  for (const [key, inner] of Object.entries(value)) table[key] = withoutPrototypes(inner);
  return table;
}
