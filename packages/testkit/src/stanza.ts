/** A stanza as it is written: field names and values in order, later lines of a value already indented. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** The stanza's lines, each ended by a newline; fields that are undefined are left out, a value that begins with a newline follows its colon directly. */
export function stanzaText(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      if (value === undefined) {
        return "";
      }
      return value.startsWith("\n") || value === "" ? `${name}:${value}\n` : `${name}: ${value}\n`;
    })
    .join("");
}
