import * as openpgp from "openpgp";
import { crc24 } from "../src/crc24.js";
import type { KeyringFile, Policy } from "../src/index.js";

/** Seconds of fixed spans, for keys and signatures of other times than now. */
export const DAY = 86_400;

export const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);

export function ago(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000);
}

export const POLICY: Policy = { now: NOW, maxFuture: 10_000 };

/** A Release that apt takes for a whole repository: one index, and it is empty. */
export const RELEASE = [
  "Origin: Test",
  "Label: Test",
  "Suite: stable",
  "Codename: test",
  `Date: ${new Date().toUTCString().replace("GMT", "UTC")}`,
  "SHA256:",
  " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 Packages",
  "",
].join("\n");

/** Plain signatures: no notations, no strength asked for. */
export const SIGNING: openpgp.Config = {
  ...openpgp.config,
  nonDeterministicSignaturesViaNotation: false,
};

export interface KeyOptions {
  readonly userId?: string;
  readonly rsa?: number;
  readonly ecdsa?: "nistP256";
  readonly v6?: boolean;
  readonly created?: Date;
  /** seconds after `created` */
  readonly expiresIn?: number;
  readonly signingSubkey?: boolean;
  /** digest of the self-signatures; RSA only for weak ones */
  readonly selfHash?: openpgp.enums.hash;
}

export async function createKey(options: KeyOptions = {}): Promise<openpgp.PrivateKey> {
  const { privateKey } = await openpgp.generateKey({
    ...(options.rsa === undefined
      ? options.v6
        ? { type: "curve25519" as const }
        : { type: "ecc" as const, curve: options.ecdsa ?? ("ed25519Legacy" as const) }
      : { type: "rsa" as const, rsaBits: options.rsa }),
    userIDs: [{ name: options.userId ?? "Test Archive", email: "archive@test.example" }],
    date: options.created ?? ago(DAY),
    ...(options.expiresIn === undefined ? {} : { keyExpirationTime: options.expiresIn }),
    subkeys: options.signingSubkey ? [{ sign: true }] : [],
    format: "object",
    config: {
      minRSABits: 1024,
      rejectHashAlgorithms: new Set(),
      nonDeterministicSignaturesViaNotation: false,
      v6Keys: options.v6 ?? false,
      preferredHashAlgorithm: options.selfHash ?? openpgp.enums.hash.sha512,
    },
  });
  return privateKey;
}

export interface SignOptions {
  readonly created?: Date;
  /** seconds after `created` */
  readonly expiresIn?: number;
  readonly hash?: openpgp.enums.hash;
  readonly type?: openpgp.enums.signature;
  /** sign with this subkey packet instead of the primary key */
  readonly subkey?: number;
  /** the fingerprint that the signature gives for its key, instead of the real one */
  readonly claims?: Uint8Array;
}

/** One raw signature packet over bytes. */
export async function signBytes(
  bytes: Uint8Array,
  key: openpgp.PrivateKey,
  options: SignOptions = {},
): Promise<Uint8Array> {
  const packet = new openpgp.SignaturePacket();
  const signer = options.subkey === undefined ? key : key.subkeys[options.subkey];
  const keyPacket: openpgp.SecretKeyPacket = Object.create(signer?.keyPacket ?? null);
  const { claims } = options;
  if (claims !== undefined) Object.assign(keyPacket, { getFingerprintBytes: () => claims });
  packet.signatureType = options.type ?? openpgp.enums.signature.binary;
  packet.publicKeyAlgorithm = keyPacket.algorithm;
  packet.hashAlgorithm = options.hash ?? openpgp.enums.hash.sha512;
  if (options.expiresIn !== undefined) {
    packet.signatureExpirationTime = options.expiresIn;
    packet.signatureNeverExpires = false;
  }
  const message = await openpgp.createMessage({ binary: bytes });
  const [literal] = message.packets;
  const sign = packet.sign as (...args: unknown[]) => Promise<void>;
  await sign.call(packet, keyPacket, literal, options.created ?? NOW, true, SIGNING);
  const list = new openpgp.PacketList<openpgp.SignaturePacket>();
  list.push(packet);
  return list.write() as Uint8Array;
}

export function canonical(text: string): Uint8Array {
  const lines = text.replace(/\n$/, "").split("\n");
  return Buffer.from(lines.map((line) => line.replace(/[ \t\r]+$/, "")).join("\r\n"));
}

export function armorBlock(bytes: Uint8Array, label = "PGP SIGNATURE"): string {
  const base64: string[] =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  // Without padding gpgv needs the checksum; with it, nobody does.
  if (bytes.length % 3 === 0) base64.push(`=${crc24(bytes)}`);
  return `-----BEGIN ${label}-----\n\n${base64.join("\n")}\n-----END ${label}-----\n`;
}

/** Signatures, concatenated, and the text in a cleartext frame. */
export function frame(text: string, signatures: readonly Uint8Array[]): string {
  const escaped = text.replace(/\n$/, "").replace(/^-/gm, "- -");
  const block = armorBlock(Buffer.concat(signatures));
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${escaped}\n${block}`;
}

export async function clearsign(
  text: string,
  key: openpgp.PrivateKey,
  options: SignOptions = {},
): Promise<string> {
  const type = openpgp.enums.signature.text;
  return frame(text, [await signBytes(canonical(text), key, { type, ...options })]);
}

export function publicBytes(...keys: readonly openpgp.Key[]): Uint8Array {
  return new Uint8Array(Buffer.concat(keys.map((key) => key.toPublic().write() as Uint8Array)));
}

export function keyringFile(bytes: Uint8Array | string, name = "test.gpg"): KeyringFile {
  return { name, bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes, named: true };
}

export function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
