const LONGEST = 300;

/**
 * Text from outside made fit for a terminal or a log line: control, format and line separator
 * characters become `\u{..}`, and what is longer than 300 characters is cut.
 */
export function escapeText(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
