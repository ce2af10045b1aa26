import type { ByteText } from "./decode.js";
import { Deb822Error, type Deb822ErrorCode, type Deb822ErrorFacts } from "./error.js";
import { codeFrame } from "./frame.js";

const lf = 0x0a;
const linesBefore = 2;

/** Where a stanza starts: the index of its first byte, and that line's one-based number. */
export interface StanzaStart {
  readonly index: number;
  readonly line: number;
}

/**
 * Makes the error for the byte at `index`, with line, column and the lines of the stanza above it.
 *
 * @param end - nothing from here on is shown
 */
export function problemAt(
  source: ByteText,
  stanza: StanzaStart,
  index: number,
  code: Deb822ErrorCode,
  message: string,
  facts: Deb822ErrorFacts = {},
  end = source.bytes.length,
): Deb822Error {
  const { bytes } = source;
  const starts: number[] = [stanza.index];
  let line = stanza.line;
  for (let i = stanza.index; i < index; i++) {
    if (bytes[i] !== lf) continue;
    line++;
    starts.push(i + 1);
    if (starts.length > linesBefore + 1) starts.shift();
  }
  const lineStart = starts.at(-1) ?? stanza.index;
  const column = source.utf8(lineStart, index).length + 1;
  const lines = starts.map((start) => source.utf8(start, lineEnd(bytes, start, index, end)));
  const frame = codeFrame(lines, line, column);
  return new Deb822Error(code, message, { line, column, frame, ...facts });
}

function lineEnd(bytes: Uint8Array, start: number, index: number, end: number): number {
  // enough of the line to fill a frame, however long it is
  const limit = Math.min(bytes.length, end, Math.max(start, index) + 400);
  let i = start;
  while (i < limit && bytes[i] !== lf) i++;
  return i;
}
