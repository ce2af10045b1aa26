import { VerifyError } from "./error.js";
import { checkSize } from "./limits.js";
import { cutLines, joinText, trimBlanks } from "./lines.js";
import { readSignatureBlocks } from "./signature-file.js";

/** A clearsigned document taken apart. */
export interface Clearsigned {
  /** The signed text, dash-escapes undone, as {@link SignedText.text} has it. */
  readonly text: string;
  /** The bytes that signatures are made over: the same lines, joined by CRLF, none after the last. */
  readonly signed: Uint8Array;
  /** The decoded signature packets, one after the other. */
  readonly signature: Uint8Array;
}

const MESSAGE = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const MAX_HEADERS = 16;

/**
 * Takes a clearsigned document apart, or throws: one block from the first byte to the last.
 *
 * The cleartext framework of RFC 9580, section 7, with all the latitude taken out that lets two
 * readers see two texts: no byte before the block or after it, no armor header but `Hash:`, no
 * blanks in the marker lines, a really empty line after the headers, no unescaped line that
 * starts with a dash, no second block, no NUL and no CR inside a line. apt's own splitter accepts
 * nothing more than this, save several signature blocks.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_NOT_CLEARSIGNED`, `ERR_VERIFY_BAD_CLEARSIGN`,
 * `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function splitClearsigned(bytes: Uint8Array): Clearsigned {
  checkSize("InRelease", bytes, "document");
  const lines = cutLines(bytes);
  if (lines[0] !== MESSAGE) {
    throw new VerifyError(
      "ERR_VERIFY_NOT_CLEARSIGNED",
      `InRelease: not clearsigned, expected ${MESSAGE} as the first line, got ${quote(lines[0])}`,
      { line: 1, expected: MESSAGE, found: (lines[0] ?? "").slice(0, 80) },
    );
  }
  const textAt = skipHeaders(lines);
  const signatureAt = lines.indexOf(SIGNATURE, textAt);
  if (signatureAt === -1) throw refused(lines.length, `no ${SIGNATURE} line`);
  const message = lines.slice(textAt, signatureAt).map((line, i) => readLine(line, textAt + i + 1));
  const signature = readSignatureBlocks("InRelease", lines.slice(signatureAt), {
    firstLine: signatureAt + 1,
    maxBlocks: 1,
  });
  return {
    text: joinText(message),
    signed: new Uint8Array(Buffer.from(message.join("\r\n"), "latin1")),
    signature,
  };
}

/** Index of the first line of text; the headers themselves are never used. */
function skipHeaders(lines: readonly string[]): number {
  let at = 1;
  for (; lines[at] !== ""; at++) {
    const line = lines[at];
    if (line === undefined) throw refused(at, "no empty line after the armor headers");
    if (!/^Hash: [A-Za-z0-9, /-]{1,200}$/.test(line)) {
      throw refused(at + 1, `an armor header that is not Hash: ${quote(line)}`);
    }
    if (at > MAX_HEADERS) throw refused(at + 1, `more than ${MAX_HEADERS} armor headers`);
  }
  return at + 1;
}

function readLine(line: string, number: number): string {
  // A CR or NUL in the middle is where line-based readers part ways.
  if (/[\0\r]/.test(line)) throw refused(number, `a control character in ${quote(line)}`);
  if (!line.startsWith("-")) return trimBlanks(line);
  if (!line.startsWith("- ")) throw refused(number, `an unescaped dash in ${quote(line)}`);
  return trimBlanks(line.slice(2));
}

function refused(line: number, problem: string): VerifyError {
  return new VerifyError("ERR_VERIFY_BAD_CLEARSIGN", `InRelease: line ${line}: ${problem}`, {
    line,
    found: problem,
  });
}

function quote(line = ""): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}...` : line);
}
