/**
 * Makes text safe to show on a terminal or in a log: control, format and line-separating
 * characters and lone surrogates become `\u{..}`, and what is longer than 200 characters is cut.
 */
export function printable(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
