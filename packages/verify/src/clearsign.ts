import { VerifyError } from "./error.js";
import { checkSize, MAX_LINE_BYTES } from "./limits.js";
import { cutLines, lineNumber, readText, rewriteLines } from "./lines.js";
import { readSignatureBlocks } from "./signature-file.js";

/** A clearsigned document taken apart. */
export interface Clearsigned {
  /** The signed text, dash-escapes undone, as `SignedText.text` has it. */
  readonly text: string;
  /** The bytes that signatures are made over: the same lines, joined by CRLF, none after the last. */
  readonly signed: Uint8Array;
  /** The decoded signature packets, one after the other. */
  readonly signature: Uint8Array;
}

const MESSAGE = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const [TAB, LF, CR, BLANK, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];
const MAX_HEADERS = 16;
const MAX_HEADER_BYTES = 200;

/**
 * Takes a clearsigned document apart, or throws: one block from the first byte to the last.
 *
 * The cleartext framework of RFC 9580, section 7, with all the latitude taken out that lets two
 * readers see two texts: no byte before the block or after it, no armor header but `Hash:`, no
 * blanks in the marker lines, a really empty line after the headers, no unescaped line that
 * starts with a dash, no escape of an empty line, no second block, no NUL and no CR inside a line. apt's own splitter refuses
 * nothing that this accepts.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_NOT_CLEARSIGNED`, `ERR_VERIFY_BAD_CLEARSIGN`,
 * `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function splitClearsigned(bytes: Uint8Array, name: string): Clearsigned {
  checkSize(name, bytes, "document");
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textAt = skipHeaders(file, name);
  const signatureAt = findSignature(file, textAt, name);
  const message = file.subarray(textAt, signatureAt);
  checkMessage(message, lineNumber(file, textAt), name);
  const tail = file.subarray(signatureAt);
  checkSize(name, tail, "signature");
  const signature = readSignatureBlocks(name, cutLines(tail), {
    firstLine: lineNumber(file, signatureAt),
    maxBlocks: 1,
  });
  return {
    text: readText(message, { dashEscaped: true }),
    signed: rewriteLines(message, { separator: "\r\n", dashEscaped: true }),
    signature,
  };
}

/** Offset of the first byte of text; the headers themselves are never used. */
function skipHeaders(file: Buffer, name: string): number {
  const [first, afterFirst] = readLine(file, 0);
  if (first !== MESSAGE) {
    throw new VerifyError(
      "ERR_VERIFY_NOT_CLEARSIGNED",
      `${name}: not clearsigned, expected ${MESSAGE} as the first line, got ${quote(first)}`,
      { line: 1, expected: MESSAGE, found: first },
    );
  }
  let at = afterFirst;
  for (let number = 2; number <= MAX_HEADERS + 2; number++) {
    if (at >= file.length) throw refused(name, number, "no empty line after the armor headers");
    const [line, next] = readLine(file, at);
    if (line === "") return next;
    if (!/^Hash: [A-Za-z0-9, /-]+$/.test(line)) {
      throw refused(name, number, `an armor header that is not Hash: ${quote(line)}`);
    }
    at = next;
  }
  throw refused(name, MAX_HEADERS + 2, `more than ${MAX_HEADERS} armor headers`);
}

/** A line as Latin-1 without its end, at most so long that it is too long, and where the next is. */
function readLine(file: Buffer, at: number): readonly [string, number] {
  const lf = file.indexOf("\n", at);
  const end = lf === -1 ? file.length : lf;
  const line = file.toString("latin1", at, Math.min(end, at + MAX_HEADER_BYTES));
  return [line.endsWith("\r") ? line.slice(0, -1) : line, lf === -1 ? end : end + 1];
}

/** Offset of the first line that is the signature's BEGIN line, exactly. */
function findSignature(file: Buffer, textAt: number, name: string): number {
  // The line before the text is empty, so its LF is there to be found.
  let at = file.indexOf(`\n${SIGNATURE}`, textAt - 1);
  for (; at !== -1; at = file.indexOf(`\n${SIGNATURE}`, at + 1)) {
    if (readLine(file, at + 1)[0] === SIGNATURE) return at + 1;
  }
  throw refused(name, lineNumber(file, file.length), `no ${SIGNATURE} line`);
}

function checkMessage(message: Buffer, firstLine: number, name: string): void {
  const refuse = (at: number, problem: string) =>
    refused(name, firstLine + lineNumber(message, at) - 1, problem);
  for (let at = 0, previous = LF, lineStart = 0; at < message.length; at++) {
    const byte = message[at] ?? 0;
    // A NUL or CR in the middle is where line-based readers part ways.
    if (byte === 0) throw refuse(at, "a NUL byte");
    if (previous === CR && byte !== LF) throw refuse(at, "a CR inside a line");
    if (previous === LF && byte === DASH) {
      if (message[at + 1] !== BLANK) {
        throw refuse(at, `an unescaped dash in ${quote(readLine(message, at)[0])}`);
      }
      // apt takes blanks off before it looks for the escape, and finds a lone dash.
      if (isBlankLine(message, at + 2)) throw refuse(at, "a dash-escaped line without text");
    }
    if (byte === LF) lineStart = at + 1;
    else if (at - lineStart >= MAX_LINE_BYTES) {
      throw refuse(at, `a line of more than ${MAX_LINE_BYTES} bytes`);
    }
    previous = byte;
  }
}

/** Whether nothing but blanks lies between `at` and the end of the line. */
function isBlankLine(message: Buffer, at: number): boolean {
  let end = at;
  while (message[end] === BLANK || message[end] === TAB) end++;
  const byte = message[end];
  return byte === undefined || byte === LF || (byte === CR && message[end + 1] === LF);
}

function refused(name: string, line: number, problem: string): VerifyError {
  return new VerifyError("ERR_VERIFY_BAD_CLEARSIGN", `${name}: line ${line}: ${problem}`, {
    line,
    found: problem,
  });
}

function quote(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}...` : line);
}
