import { readArmor } from "./armor.js";
import { cutLines } from "./lines.js";
import { type Packet, readPackets } from "./packets.js";

/** The keys of one file, each as its own packets, or why the file is no keyring. */
export type KeyringFileReading =
  | { readonly keys: readonly KeyPackets[] }
  | { readonly problem: string };

/** The packets of one key, undecoded. */
export interface KeyPackets {
  readonly bytes: Uint8Array;
  /** A secret key, which is no business of a keyring to verify with. */
  readonly secret: boolean;
}

const MAX_BYTES = 64_000_000;
const PUBLIC_KEY = 6;
const SECRET_KEY = 5;

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

function groupByKey(packets: readonly Packet[]): KeyPackets[] | undefined {
  const groups: Packet[][] = [];
  for (const packet of packets) {
    if (packet.tag === PUBLIC_KEY || packet.tag === SECRET_KEY) groups.push([packet]);
    else if (groups.length === 0) return undefined;
    else groups.at(-1)?.push(packet);
  }
  return groups.map((group) => ({
    bytes: new Uint8Array(Buffer.concat(group.map((packet) => packet.bytes))),
    secret: group[0]?.tag === SECRET_KEY,
  }));
}
