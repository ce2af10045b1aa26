import * as openpgp from "openpgp";
import { type Case, type Mark, markAs } from "./case.js";
import {
  ago,
  canonical,
  createKey,
  DAY,
  frame,
  NOW,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";

const { hash, signature: type } = openpgp.enums;

/** Signatures of every kind, number and strength. */
export async function signatureCases(
  key: openpgp.PrivateKey,
  other: openpgp.PrivateKey,
): Promise<Case[]> {
  const keyring = publicBytes(key);
  const rsa = await createKey({ rsa: 2048, userId: "RSA Archive" });
  const bytes = canonical(RELEASE);
  const text = { type: type.text };
  const good = await signBytes(bytes, key, text);
  const foreign = await signBytes(bytes, other, text);
  const expired = await signBytes(bytes, key, { ...text, created: ago(3600), expiresIn: 1800 });
  const wrong = await signBytes(utf8("something else"), key, text);
  const future = new Date(NOW.getTime() + 3600_000);
  // Version 3 (RFC 9580, section 5.2.2): time and key ID stand in the packet itself.
  const head = [3, 5, type.text, 0x60, 0, 0, 0, ...Array(8).fill(0x11), 1, 8, 0, 0, 0, 9, 1, 0xff];
  const v3 = Buffer.from([0x88, head.length, ...head]);
  const longer = Buffer.concat([good, Buffer.from([0])]);
  longer[1] = (longer[1] ?? 0) + 1;
  // Without the fingerprint of its key: that subpacket is one of private use now.
  const nameless = Buffer.from(foreign);
  nameless[nameless.indexOf(Buffer.from([22, 33])) + 1] = 100;
  const broken = (at: number, byte: number) => Buffer.from(good).fill(byte, at, at + 1);
  // Two octets of packet header, then version, type, algorithms, the length of the hashed area.
  const unhashed = 8 + (good[7] ?? 0);
  const both = publicBytes(key, rsa);
  const rsaSigned = async (algorithm: openpgp.enums.hash) =>
    signBytes(bytes, rsa, { ...text, hash: algorithm });
  const impostor = Buffer.from(`${"0".repeat(24)}${key.getKeyID().toHex()}`, "hex");
  const lf = utf8(RELEASE.replace(/\n$/, ""));
  const table: readonly (readonly [
    string,
    readonly Uint8Array[],
    Case["expect"],
    Mark?,
    Uint8Array?,
  ])[] = [
    ["a signature by an unknown key", [foreign], "ERR_VERIFY_UNKNOWN_KEY"],
    ["an unknown signature that gives a key ID alone", [nameless], "ERR_VERIFY_UNKNOWN_KEY"],
    ["a good signature and an unknown one", [good, foreign], "accepted"],
    ["an unknown signature and a good one", [foreign, good], "accepted"],
    ["an expired signature", [expired], "ERR_VERIFY_EXPIRED_SIGNATURE"],
    ["a good signature and an expired one", [good, expired], "accepted"],
    ["a signature over another text", [wrong], "ERR_VERIFY_BAD_SIGNATURE"],
    ["a good signature and one that does not fit", [good, wrong], "ERR_VERIFY_BAD_SIGNATURE"],
    ["the same good signature twice", [good, good], "accepted"],
    [
      "a signature from the future",
      [await signBytes(bytes, key, { ...text, created: future })],
      "ERR_VERIFY_FUTURE_SIGNATURE",
      "strict",
    ],
    [
      "a signature older than its key",
      [await signBytes(bytes, key, { ...text, created: ago(2 * DAY) })],
      "ERR_VERIFY_UNUSABLE_KEY",
      "strict",
    ],
    ["a good signature and one of version 3", [good, v3], "accepted"],
    ["a signature of version 3 alone", [v3], "ERR_VERIFY_UNSUPPORTED_SIGNATURE"],
    [
      "signatures of two types",
      [await signBytes(bytes, other), good],
      "ERR_VERIFY_BAD_SIGNATURE_FORMAT",
    ],
    ["a version 3 signature and a good one", [v3, good], "accepted"],
    ...(
      [
        ["of an unknown version", broken(2, 9)],
        ["with an octet more than it needs", longer, "strict"],
        ["in a packet of another type", broken(0, 0xcb), "strict"],
        ["with an unknown digest", broken(5, 202)],
        ["whose subpackets do not fit", broken(8, 255), "strict"],
        ["with a hashed area that is too long", broken(6, 1)],
        ["with an unhashed area that is too long", broken(unhashed, 0x1a)],
        ["with a number that is too long", broken(unhashed + 4, 9)],
        ["of version 3 with a wrong length", Buffer.from(v3).fill(4, 3, 4), "strict"],
      ] as const
    ).map(([words, bad, mark]): readonly [string, readonly Uint8Array[], Case["expect"], Mark] => [
      `a broken signature ${words} before a good one`,
      [bad, good],
      "ERR_VERIFY_BAD_SIGNATURE_FORMAT",
      mark,
    ]),
    ["a SHA-256 signature", [await rsaSigned(hash.sha256)], "accepted", undefined, both],
    ["a SHA-384 signature", [await rsaSigned(hash.sha384)], "accepted", undefined, both],
    ["an MD5 signature", [await rsaSigned(hash.md5)], "ERR_VERIFY_WEAK_HASH", undefined, both],
    ["a SHA-1 signature", [await rsaSigned(hash.sha1)], "ERR_VERIFY_WEAK_HASH", undefined, both],
    ["a SHA-224 signature", [await rsaSigned(hash.sha224)], "ERR_VERIFY_WEAK_HASH", "strict", both],
    ["a SHA3-256 signature", [await rsaSigned(hash.sha3_256)], "accepted", "beyondGpgv", both],
    [
      "a SHA-1 signature and a good one",
      [await rsaSigned(hash.sha1), good],
      "accepted",
      undefined,
      both,
    ],
    [
      "a binary signature in a cleartext frame",
      [await signBytes(lf, key)],
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
      "strict",
    ],
    [
      "a binary signature over CRLF in a cleartext frame",
      [await signBytes(bytes, key)],
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
    ],
    [
      "a standalone signature",
      [await signBytes(bytes, key, { type: type.standalone })],
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
    ],
    [
      "a signature that names another fingerprint with the same key ID",
      [await signBytes(bytes, key, { ...text, claims: impostor })],
      "ERR_VERIFY_UNKNOWN_KEY",
      "strict",
    ],
    ["33 signatures", Array(33).fill(good), "ERR_VERIFY_BAD_SIGNATURE_FORMAT", "strict"],
  ];
  return table.map(([name, signatures, expect, mark, ring]) => ({
    name,
    keyring: ring ?? keyring,
    inRelease: utf8(frame(RELEASE, signatures)),
    expect,
    ...markAs(mark),
  }));
}
