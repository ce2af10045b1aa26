import { crc24 } from "./crc24.js";

/** Puts packets into ASCII armor (RFC 9580, section 6.2) with a checksum, which older readers want. */
export function writeArmor(
  label: "PGP SIGNATURE" | "PGP PUBLIC KEY BLOCK",
  packets: Uint8Array,
): Uint8Array {
  const base64 = Buffer.from(packets).toString("base64");
  const lines = [
    `-----BEGIN ${label}-----`,
    "",
    ...(base64.match(/.{1,64}/g) ?? []),
    `=${crc24(packets)}`,
    `-----END ${label}-----`,
    "",
  ];
  return new Uint8Array(Buffer.from(lines.join("\n"), "latin1"));
}
