/**
 * Cuts bytes into lines at LF, one character per byte (Latin-1), line ends taken off.
 *
 * One CR before an LF belongs to the line end. A final LF ends the last line and makes no other.
 */
export function cutLines(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/**
 * The text that lines of {@link cutLines} stand for: decoded as UTF-8 (invalid bytes as U+FFFD),
 * trailing blanks and tabs of each line taken off, each line ended by `"\n"`.
 */
export function joinText(lines: readonly string[]): string {
  const bytes = Buffer.from(lines.map((line) => `${trimBlanks(line)}\n`).join(""), "latin1");
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Takes trailing blanks and tabs off a line (RFC 9580, section 7.2). */
export function trimBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--;
  return line.slice(0, end);
}
