import { readArmor } from "./armor.js";
import { VerifyError } from "./error.js";
import { groupByKey, type KeyPackets } from "./key-packets.js";
import { cutLines } from "./lines.js";
import { readPackets } from "./packets.js";

const MAX_BYTES = 1_000_000;
const EXPECTED = "one OpenPGP private key, armored or binary";

/**
 * The packets of the one private key that a file holds, undecoded.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNING_KEY`, `ERR_VERIFY_NO_PRIVATE_KEY`
 */
export function cutPrivateKeyFile(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw badSigningKey(name, "an empty file");
  if (bytes.length > MAX_BYTES) throw badSigningKey(name, `${bytes.length} bytes`);
  const blocks = ((bytes[0] ?? 0) & 0x80) === 0 ? readArmoredKey(name, bytes) : [bytes];
  const keys = blocks.flatMap((block) => cutKeys(name, block));
  const secret = keys.filter((key) => key.secret);
  const [only] = secret;
  if (only === undefined) throw noPrivateKey(name, "public keys alone");
  if (secret.length > 1) throw badSigningKey(name, `${secret.length} private keys`);
  return only.bytes;
}

/** A file that is no private key of the kind that can be read. Nothing of its content is quoted. */
export function badSigningKey(name: string, found: string, cause?: unknown): VerifyError {
  return new VerifyError(
    "ERR_VERIFY_BAD_SIGNING_KEY",
    `${name}: not a key to sign with, expected ${EXPECTED}, got ${found}`,
    { expected: EXPECTED, found, cause },
  );
}

/** A key whose private part is not in the file. */
export function noPrivateKey(name: string, found: string): VerifyError {
  return new VerifyError(
    "ERR_VERIFY_NO_PRIVATE_KEY",
    `${name}: no private key to sign with, expected ${EXPECTED}, got ${found}`,
    { expected: EXPECTED, found },
  );
}

function readArmoredKey(name: string, bytes: Uint8Array): readonly Uint8Array[] {
  const lines = cutLines(bytes);
  const reading = readArmor(lines, { label: "PGP PRIVATE KEY BLOCK", strict: false });
  if ("blocks" in reading) return reading.blocks;
  const other = readArmor(lines, { label: "PGP PUBLIC KEY BLOCK", strict: false });
  if ("blocks" in other) throw noPrivateKey(name, "public keys alone");
  throw badSigningKey(name, `line ${reading.line}: ${reading.problem}`);
}

function cutKeys(name: string, block: Uint8Array): readonly KeyPackets[] {
  const packets = readPackets(block);
  if (packets === undefined) throw badSigningKey(name, "no sequence of OpenPGP packets");
  const keys = groupByKey(packets);
  if (keys === undefined) throw badSigningKey(name, "OpenPGP packets, but no key first");
  return keys;
}
