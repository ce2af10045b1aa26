/** One OpenPGP packet, header included. */
export interface Packet {
  /** The packet type: 2 a signature, 5 a secret key, 6 a public key. */
  readonly tag: number;
  /** Header and body, a view of the input. */
  readonly bytes: Uint8Array;
  /** What is in it, without the header; a view too. */
  readonly body: Uint8Array;
}

/**
 * Cuts a packet sequence into its packets, or returns `undefined` where it is none.
 *
 * Framing alone (RFC 9580, section 4.2): what a packet holds is OpenPGP.js's to say. Cutting first
 * keeps one key or signature of an unsupported kind from taking its neighbours with it. Partial
 * and indeterminate lengths are for data packets and refused.
 */
export function readPackets(bytes: Uint8Array): Packet[] | undefined {
  const packets: Packet[] = [];
  for (let start = 0; start < bytes.length; ) {
    const header = bytes[start] ?? 0;
    if ((header & 0x80) === 0) return undefined;
    const isNew = (header & 0x40) !== 0;
    const length = isNew ? newLength(bytes, start + 1) : oldLength(bytes, start + 1, header & 3);
    if (length === undefined) return undefined;
    const end = length.bodyAt + length.body;
    if (end > bytes.length) return undefined;
    const tag = isNew ? header & 0x3f : (header >> 2) & 0x0f;
    if (tag === 0) return undefined;
    packets.push({
      tag,
      bytes: bytes.subarray(start, end),
      body: bytes.subarray(length.bodyAt, end),
    });
    start = end;
  }
  return packets;
}

interface Length {
  readonly bodyAt: number;
  readonly body: number;
}

function oldLength(bytes: Uint8Array, at: number, type: number): Length | undefined {
  if (type === 3) return undefined;
  return bigEndian(bytes, at, 1 << type);
}

function newLength(bytes: Uint8Array, at: number): Length | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 192) return { bodyAt: at + 1, body: first };
  if (first < 224) {
    const second = bytes[at + 1];
    if (second === undefined) return undefined;
    return { bodyAt: at + 2, body: ((first - 192) << 8) + second + 192 };
  }
  return first === 255 ? bigEndian(bytes, at + 1, 4) : undefined;
}

function bigEndian(bytes: Uint8Array, at: number, octets: number): Length | undefined {
  if (at + octets > bytes.length) return undefined;
  let body = 0;
  for (let i = 0; i < octets; i++) body = body * 256 + (bytes[at + i] ?? 0);
  return { bodyAt: at + octets, body };
}
