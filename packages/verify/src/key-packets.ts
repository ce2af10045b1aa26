import type { Packet } from "./packets.js";

/** The packets of one key, undecoded. */
export interface KeyPackets {
  readonly bytes: Uint8Array;
  /** A private key (RFC 9580, section 5.5.1.3). */
  readonly secret: boolean;
}

const PUBLIC_KEY = 6;
const SECRET_KEY = 5;

/** Packets grouped by the primary key that they follow; `undefined` if another packet is first. */
export function groupByKey(packets: readonly Packet[]): KeyPackets[] | undefined {
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
