import { readArmor } from "./armor.js";
import { groupByKey, type KeyPackets } from "./key-packets.js";
import { cutLines } from "./lines.js";
import { readPackets } from "./packets.js";

/** The keys of one file, each as its own packets, or why the file is no keyring. */
export type KeyringFileReading =
  | { readonly keys: readonly KeyPackets[] }
  | { readonly problem: string };

const MAX_BYTES = 64_000_000;

/** Cuts a keyring file, armored (any number of blocks) or binary, into its keys. */
export function cutKeyringFile(bytes: Uint8Array): KeyringFileReading {
  if (bytes.length === 0) return { problem: "an empty file" };
  if (bytes.length > MAX_BYTES) return { problem: `${bytes.length} bytes` };
  if (Buffer.from(bytes.subarray(8, 12)).toString("latin1") === "KBXf") {
    return { problem: "a GnuPG keybox" };
  }
  const blocks = ((bytes[0] ?? 0) & 0x80) === 0 ? readArmoredKeys(bytes) : [bytes];
  if ("problem" in blocks) return blocks;
  const keys: KeyPackets[] = [];
  for (const block of blocks) {
    const packets = readPackets(block);
    if (packets === undefined) return { problem: "not a sequence of OpenPGP packets" };
    const found = groupByKey(packets);
    if (found === undefined) return { problem: "OpenPGP packets, but no key first" };
    keys.push(...found);
  }
  return { keys };
}

function readArmoredKeys(bytes: Uint8Array): readonly Uint8Array[] | { problem: string } {
  const options = { label: "PGP PUBLIC KEY BLOCK", strict: false };
  const reading = readArmor(cutLines(bytes), options);
  if ("blocks" in reading) return reading.blocks;
  return { problem: `line ${reading.line}: ${reading.problem}` };
}
