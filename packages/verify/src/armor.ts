import { crc24 } from "./crc24.js";

/** What an armored file holds: its decoded blocks, or the line that is wrong and why. */
export type ArmorReading =
  | { readonly blocks: readonly Uint8Array[] }
  | { readonly line: number; readonly problem: string };

/** How an armored file is read. */
export interface ArmorOptions {
  /** `PGP SIGNATURE` or `PGP PUBLIC KEY BLOCK`. */
  readonly label: string;
  /**
   * Refuse what apt or gpgv refuse for signatures: any line outside the blocks, blank ones too, very
   * long ones, a wrong CRC-24, blocks that run into each other. Otherwise all that is ignored, as apt
   * ignores it for keyrings.
   */
  readonly strict: boolean;
}

/** Characters of a line; RFC 9580 asks for 76 at most, gpgv gives up at 20 000. */
const MAX_LINE = 1000;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const HEADER = /^[A-Za-z][A-Za-z0-9-]*:(?: .*)?$/;

/**
 * Decodes every armor block of a file (RFC 9580, section 6.2), by lines without their line ends.
 *
 * Inside a block nothing is skipped or guessed: header lines, an empty line, base64 in full
 * groups, at most one checksum, the END line. A reader that forgives here can be made to see
 * another signature than the next reader does.
 */
export function readArmor(lines: readonly string[], options: ArmorOptions): ArmorReading {
  const begin = `-----BEGIN ${options.label}-----`;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < lines.length; ) {
    if (marker(lines[at] ?? "", options) !== begin) {
      if (options.strict) return { line: at + 1, problem: "a line outside the armor" };
      at++;
      continue;
    }
    const block = readBlock(lines, at + 1, options);
    if ("problem" in block) return block;
    blocks.push(block.bytes);
    at = block.next;
  }
  if (blocks.length === 0) return { line: 1, problem: `no ${begin} line` };
  return { blocks };
}

type Block =
  | { readonly bytes: Uint8Array; readonly next: number }
  | { readonly line: number; readonly problem: string };

function readBlock(lines: readonly string[], from: number, options: ArmorOptions): Block {
  const end = `-----END ${options.label}-----`;
  let at = from;
  for (; trimEnd(lines[at] ?? "-") !== ""; at++) {
    if (!HEADER.test(lines[at] ?? "")) return { line: at + 1, problem: "not an armor header" };
  }
  at++;
  const body: string[] = [];
  let checksum: string | undefined;
  for (; ; at++) {
    const raw = lines[at];
    if (raw === undefined) return { line: at, problem: `no ${end} line` };
    if (marker(raw, options) === end) break;
    const line = trimEnd(raw);
    if (checksum !== undefined) return { line: at + 1, problem: "a line after the checksum" };
    if (/^=[A-Za-z0-9+/]{4}$/.test(line)) checksum = line.slice(1);
    else if (!BASE64.test(line)) return { line: at + 1, problem: "not base64" };
    else if (body.at(-1)?.endsWith("=")) return { line: at + 1, problem: "data after padding" };
    else body.push(line);
  }
  const text = body.join("");
  if (options.strict && lines.slice(from, at).some((line) => line.length > MAX_LINE)) {
    return { line: from, problem: `a line of more than ${MAX_LINE} characters` };
  }
  if (text.length === 0 || text.length % 4 !== 0) {
    return { line: at + 1, problem: "base64 cut short" };
  }
  // gpgv finds the end of the data by one of the two. Without, it reads the END line as data too,
  // which does no harm in the last block.
  const announced = checksum !== undefined || text.endsWith("=");
  if (options.strict && !announced && at + 1 < lines.length) {
    return { line: at, problem: "neither padding nor checksum before another block" };
  }
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  if (options.strict && checksum !== undefined && checksum !== crc24(bytes)) {
    return { line: at, problem: "the armor's checksum does not fit" };
  }
  return { bytes, next: at + 1 };
}

function marker(line: string, options: ArmorOptions): string {
  return options.strict ? line : trimEnd(line);
}

function trimEnd(line: string): string {
  // Not a regular expression: those take quadratic time on a long run of blanks.
  let end = line.length;
  while (end > 0 && " \t\r".includes(line[end - 1] ?? "")) end--;
  return line.slice(0, end);
}
