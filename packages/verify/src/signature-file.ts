import { readArmor } from "./armor.js";
import { VerifyError } from "./error.js";
import { checkSize, MAX_SIGNATURES } from "./limits.js";
import { cutLines } from "./lines.js";
import { type Packet, readPackets } from "./packets.js";
import { problemOfSignature, typeOfSignature } from "./signature-packet.js";

/**
 * The packets of a detached signature file, armored or binary, decoded and joined.
 *
 * Nothing may stand around the armor, not even a blank line, as apt demands it; several blocks in
 * one file are legal.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function readSignatureFile(name: string, bytes: Uint8Array): SignatureFile {
  checkSize(name, bytes, "signature");
  if (((bytes[0] ?? 0) & 0x80) !== 0) return { armored: false, packets: bytes };
  const options = { firstLine: 1, maxBlocks: MAX_SIGNATURES };
  return { armored: true, packets: readSignatureBlocks(name, cutLines(bytes), options) };
}

/** A detached signature file decoded. */
export interface SignatureFile {
  readonly armored: boolean;
  /** Signature packets one after the other; what they hold is not looked at yet. */
  readonly packets: Uint8Array;
}

/**
 * Decodes lines that hold armored signatures and nothing else.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function readSignatureBlocks(
  name: string,
  lines: readonly string[],
  options: { readonly firstLine: number; readonly maxBlocks: number },
): Uint8Array {
  const reading = readArmor(lines, { label: "PGP SIGNATURE", strict: true });
  if ("problem" in reading) {
    throw malformed(name, reading.problem, reading.line + options.firstLine - 1);
  }
  if (reading.blocks.length > options.maxBlocks) {
    throw malformed(name, `${reading.blocks.length} signature blocks`, options.firstLine);
  }
  const packets = new Uint8Array(Buffer.concat(reading.blocks));
  checkSize(name, packets, "signature");
  return packets;
}

/**
 * Cuts joined signature packets apart: signatures, none of them broken, all of one type.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNATURE_FORMAT`
 */
export function cutSignatures(name: string, bytes: Uint8Array): readonly Packet[] {
  const packets = readPackets(bytes);
  if (packets === undefined) throw malformed(name, "not a sequence of OpenPGP packets");
  const other = packets.find((packet) => packet.tag !== 2);
  if (other !== undefined) throw malformed(name, `an OpenPGP packet of type ${other.tag}`);
  for (const { body } of packets) {
    const problem = problemOfSignature(body);
    if (problem !== undefined) throw malformed(name, problem);
  }
  const [type, another] = new Set(packets.map(({ body }) => typeOfSignature(body)));
  // gpgv calls them ambiguous and verifies none.
  if (another !== undefined) throw malformed(name, `signatures of types ${type} and ${another}`);
  if (packets.length === 0) throw malformed(name, "no signature");
  if (packets.length > MAX_SIGNATURES) throw malformed(name, `${packets.length} signatures`);
  return packets;
}

function malformed(name: string, problem: string, line?: number): VerifyError {
  const place = line === undefined ? "" : ` line ${line}:`;
  return new VerifyError(
    "ERR_VERIFY_BAD_SIGNATURE_FORMAT",
    `${name}:${place} expected OpenPGP signatures alone, got ${problem}`,
    {
      expected: "OpenPGP signatures alone",
      found: problem,
      ...(line === undefined ? {} : { line }),
    },
  );
}
