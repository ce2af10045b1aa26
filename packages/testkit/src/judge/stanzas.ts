/** A field's value, one element per line: what follows the colon first. */
export type FieldLines = ReadonlyMap<string, readonly string[]>;

/** Reads stanzas line by line; names in lower case, the first of repeated fields wins. */
export function* stanzasOf(text: string): Generator<FieldLines> {
  let fields = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      if (fields.size > 0) {
        yield fields;
      }
      fields = new Map();
      current = undefined;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      current?.push(line.trim());
    } else if (!line.startsWith("#")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      current = [line.slice(colon + 1).trim()];
      if (!fields.has(name)) {
        fields.set(name, current);
      }
    }
  }
  if (fields.size > 0) {
    yield fields;
  }
}

/** The value of a one-line field, empty when it is not there. */
export function firstLine(fields: FieldLines, name: string): string {
  return fields.get(name)?.[0] ?? "";
}
