/** Where the fields of a signature packet lie, by its version. */
interface Shape {
  /** Octets of the length of either subpacket area. */
  readonly lengthOctets: 2 | 4;
  /** Whether a salt stands before the signature proper. */
  readonly salted: boolean;
}

const SHAPES: Readonly<Record<number, Shape>> = {
  4: { lengthOctets: 2, salted: false },
  6: { lengthOctets: 4, salted: true },
};
/** Octets of a version 3 packet before its signature proper (RFC 9580, section 5.2.2). */
const VERSION_3_HEAD = 19;
/** Octets after the subpackets: the left ones of the digest. */
const DIGEST_HEAD = 2;
/** MD5, SHA-1, RIPEMD-160, the SHA-2 and the SHA-3 digests (section 9.5). */
const DIGESTS: ReadonlySet<number> = new Set([1, 2, 3, 8, 9, 10, 11, 12, 14]);
/** How many numbers a signature consists of, by its public-key algorithm. */
const NUMBERS: Readonly<Record<number, number>> = { 1: 1, 3: 1, 17: 2, 19: 2, 22: 2 };

/**
 * What is wrong with the frame of a signature packet's body, `undefined` if nothing is.
 *
 * RFC 9580, section 5.2, down to where each field ends, and the digest; what they say is judged
 * elsewhere. gpgv stops at a packet that it cannot take apart and never sees the good one behind
 * it, so a broken one is not a signature that merely does not count.
 */
export function problemOfSignature(body: Uint8Array): string | undefined {
  const version = body[0] ?? 0;
  const digest = body[version === 3 ? 16 : 3] ?? 0;
  if ((version === 3 || version in SHAPES) && !DIGESTS.has(digest)) {
    return `a signature with digest ${digest}`;
  }
  if (version === 3) {
    return body[1] === 5 && numbersFit(body, VERSION_3_HEAD, body[15])
      ? undefined
      : "a broken signature of version 3";
  }
  const shape = SHAPES[version];
  if (shape === undefined) return `a signature of version ${version}`;
  const broken = `a broken signature of version ${version}`;
  let at = 4;
  for (let area = 0; area < 2; area++) {
    const length = readLength(body, at, shape.lengthOctets);
    if (length === undefined) return broken;
    const start = at + shape.lengthOctets;
    at = start + length;
    if (at > body.length || !subpacketsFit(body.subarray(start, at))) return broken;
  }
  at += DIGEST_HEAD;
  if (shape.salted) at += 1 + (body[at] ?? 0);
  return numbersFit(body, at, body[2]) ? undefined : broken;
}

/** The type of a signature, from the body of its packet: what it is a signature of. */
export function typeOfSignature(body: Uint8Array): number | undefined {
  return body[0] === 3 ? body[2] : body[1];
}

/** Whether subpackets fill an area to its end (section 5.2.3.7). */
function subpacketsFit(area: Uint8Array): boolean {
  let at = 0;
  while (at < area.length) {
    const first = area[at] ?? 0;
    const octets = first < 192 ? 1 : first < 255 ? 2 : 5;
    if (at + octets > area.length) return false;
    const length =
      octets === 1
        ? first
        : octets === 2
          ? ((first - 192) << 8) + (area[at + 1] ?? 0) + 192
          : (readLength(area, at + 1, 4) ?? 0);
    if (length === 0) return false;
    at += octets + length;
  }
  return at === area.length;
}

/** Whether the numbers of a signature (section 3.2) fill the packet from `from` to its end. */
function numbersFit(body: Uint8Array, from: number, algorithm: number | undefined): boolean {
  const expected = NUMBERS[algorithm ?? 0];
  // Of other algorithms only that there is something is known.
  if (expected === undefined) return from < body.length;
  let at = from;
  for (let i = 0; i < expected; i++) {
    const bits = readLength(body, at, 2);
    if (bits === undefined || bits === 0) return false;
    at += 2 + Math.ceil(bits / 8);
  }
  return at === body.length;
}

function readLength(bytes: Uint8Array, at: number, octets: number): number | undefined {
  if (at + octets > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < octets; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
