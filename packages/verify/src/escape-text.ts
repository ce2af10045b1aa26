/**
 * Escapes control characters of upstream text for a message that may reach a terminal.
 *
 * C0, DEL, C1 and the bidirectional overrides become `\u{..}`; everything else stays.
 */
export function escapeText(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
