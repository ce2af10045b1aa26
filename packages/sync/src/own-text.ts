const scratch = Buffer.allocUnsafeSlow(4096);

/**
 * The same text in memory of its own. What readers hand out are slices, and a slice that is kept
 * keeps all the text that it was cut from.
 */
export function ownText(text: string): string {
  // No character becomes more bytes than three.
  const bytes = 3 * text.length <= scratch.length ? scratch : Buffer.allocUnsafe(3 * text.length);
  return bytes.toString("utf8", 0, bytes.write(text));
}
