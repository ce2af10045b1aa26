const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

/**
 * Cuts bytes into lines at LF, one character per byte (Latin-1), line ends taken off.
 *
 * One CR before an LF belongs to the line end. A final LF ends the last line and makes no other.
 * For small files: a line costs much more than its bytes.
 */
export function cutLines(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** How {@link rewriteLines} reads and writes. */
export interface LineStyle {
  /** Between two lines; nothing comes after the last. */
  readonly separator: "\n" | "\r\n";
  /** A dash that begins a line is an escape, and goes with the blank after it. */
  readonly dashEscaped: boolean;
}

/**
 * Writes lines anew: trailing blanks and tabs taken off, one kind of line end between them.
 *
 * Byte by byte in one pass: ten million empty lines, held one by one, would take 500 MB.
 */
export function rewriteLines(bytes: Uint8Array, style: LineStyle): Uint8Array {
  const crlf = style.separator === "\r\n";
  const out = new Uint8Array(bytes.length + (crlf ? countLines(bytes) : 0));
  let written = 0;
  let lineStart = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === DASH && style.dashEscaped && (at === 0 || bytes[at - 1] === LF)) {
      at++;
    } else if (byte === LF) {
      if (written > lineStart && out[written - 1] === CR) written--;
      written = trimBlanks(out, lineStart, written);
      if (at === bytes.length - 1) return out.subarray(0, written);
      if (crlf) out[written++] = CR;
      out[written++] = LF;
      lineStart = written;
    } else {
      out[written++] = byte;
    }
  }
  return out.subarray(0, trimBlanks(out, lineStart, written));
}

/**
 * The text that bytes stand for, as `SignedText.text` has it: lines ended by `"\n"`, trailing
 * blanks taken off, decoded as UTF-8 (invalid bytes as U+FFFD).
 */
export function readText(bytes: Uint8Array, options: { readonly dashEscaped: boolean }): string {
  const lines = rewriteLines(bytes, { ...options, separator: "\n" });
  return `${new TextDecoder("utf-8", { ignoreBOM: true }).decode(lines)}\n`;
}

/** The 1-based number of the line that a byte is in. */
export function lineNumber(bytes: Uint8Array, at: number): number {
  return countLines(bytes.subarray(0, at)) + 1;
}

/**
 * Whether every reader finds the same lines in a text: none with a NUL, with a CR but before its
 * LF, or longer than `limit` bytes.
 */
export function hasPlainLines(bytes: Uint8Array, limit: number): boolean {
  for (let at = 0, lineStart = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === LF) lineStart = at + 1;
    else if (byte === 0 || at - lineStart >= limit) return false;
    else if (byte === CR && bytes[at + 1] !== LF) return false;
  }
  return true;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === LF) count++;
  return count;
}

/** The end of a line that begins at `start` and ends at `end`, its trailing blanks left out. */
function trimBlanks(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && (bytes[trimmed - 1] === 0x20 || bytes[trimmed - 1] === 0x09)) trimmed--;
  return trimmed;
}
