import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { type KeyringFile, readKeyring, VerifyError, verifyInRelease } from "../src/index.js";
import {
  ago,
  armorBlock,
  clearsign,
  createKey,
  DAY,
  keyringFile,
  POLICY,
  publicBytes,
  RELEASE,
  SIGNING,
  utf8,
} from "./material.js";

const one = await createKey({ userId: "One", expiresIn: 30 * DAY, signingSubkey: true });
const two = await createKey({ userId: "Two" });
const label = "PGP PUBLIC KEY BLOCK";
const names = (keyring: { keys: readonly { fingerprint: string }[] }) =>
  keyring.keys.map((key) => key.fingerprint.toLowerCase());

async function refusal(files: readonly KeyringFile[]): Promise<VerifyError> {
  const error = await readKeyring(files).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof VerifyError) return error;
  throw new Error("not refused", { cause: error });
}

describe("a keyring", () => {
  const both = [one.getFingerprint(), two.getFingerprint()];

  it("is read from binary files with many keys", async () => {
    expect(names(await readKeyring([keyringFile(publicBytes(one, two))]))).toEqual(both);
  });

  it("is read from ASCII armor: one block with many keys, or many blocks", async () => {
    const single = armorBlock(publicBytes(one, two), label);
    const many = armorBlock(publicBytes(one), label) + armorBlock(publicBytes(two), label);
    const dressed = `A comment\n\n${many.replace("\n-----BEGIN", "\nmore\n\n-----BEGIN")}\ntail\n`;
    for (const text of [single, many, dressed, many.replaceAll("\n", "\r\n")]) {
      expect(names(await readKeyring([keyringFile(text)]))).toEqual(both);
    }
  });

  it("describes its keys", async () => {
    const keyring = await readKeyring([keyringFile(publicBytes(one), "one.gpg")]);
    expect(keyring.files).toEqual(["one.gpg"]);
    expect(keyring.skipped).toEqual([]);
    expect(keyring.keys).toEqual([
      {
        fingerprint: one.getFingerprint().toUpperCase(),
        keyIds: one.getKeyIDs().map((id) => id.toHex().toUpperCase()),
        userIds: ["One <archive@test.example>"],
        created: one.getCreationTime(),
        expires: ago(DAY - 30 * DAY),
        revoked: false,
        signers: one.getKeyIDs().map((id) => ({
          keyId: id.toHex().toUpperCase(),
          expires: ago(DAY - 30 * DAY),
        })),
        file: "one.gpg",
      },
    ]);
  });

  it("says which parts of a key may sign, and until when", async () => {
    const rotating = await createKey({ created: ago(9 * DAY), signingSubkey: true });
    const [binding] = rotating.subkeys[0]?.bindingSignatures ?? [];
    if (binding === undefined) throw new Error("no binding");
    Object.assign(binding, { keyExpirationTime: 5 * DAY, keyNeverExpires: false });
    const sign = binding.sign as (...args: unknown[]) => Promise<void>;
    const data = { key: rotating.keyPacket, bind: rotating.subkeys[0]?.keyPacket };
    await sign.call(binding, rotating.keyPacket, data, ago(9 * DAY), false, SIGNING);
    const { publicKey: revoked } = await openpgp.revokeKey({ key: two, format: "object" });
    const sha1 = await createKey({ rsa: 2048, selfHash: openpgp.enums.hash.sha1 });
    const weak = await createKey({ rsa: 1024 });
    const file = keyringFile(publicBytes(rotating, revoked, sha1, weak));
    const ids = (key: openpgp.Key) => key.getKeyIDs().map((id) => id.toHex().toUpperCase());
    const [primary, subkey] = ids(rotating);
    const expected = [{ keyId: primary }, { keyId: subkey, expires: ago(4 * DAY) }];
    const named = await readKeyring([file]);
    expect(named.keys.map((key) => key.signers)).toEqual([
      expected,
      [],
      ids(sha1).map((keyId) => ({ keyId })),
      [],
    ]);
    expect(named.keys.map((key) => key.revoked)).toEqual([false, true, false, false]);
    const system = await readKeyring([{ ...file, named: false }]);
    expect(system.keys.map((key) => key.signers)).toEqual([expected, [], [], []]);
  });

  it("stays readable when one of its keys is of an unknown kind", async () => {
    const version9 = Buffer.from([0x98, 6, 9, 0, 0, 0, 0, 1]);
    const algorithm99 = Buffer.from([0x98, 8, 4, 0, 0, 0, 0, 99, 0, 0]);
    const broken = Buffer.from([0x98, 8, 4, 0, 0, 0, 0, 1, 0xff, 0xff]);
    for (const strange of [version9, algorithm99, broken]) {
      const bytes = Buffer.concat([publicBytes(one), strange, publicBytes(two)]);
      const keyring = await readKeyring([keyringFile(bytes, "mixed.gpg")]);
      expect(names(keyring)).toEqual(both);
      expect(keyring.skipped).toMatchObject([{ file: "mixed.gpg" }]);
    }
  });

  it("has no use for secret keys", async () => {
    const bytes = Buffer.concat([one.write() as Uint8Array, publicBytes(two)]);
    const keyring = await readKeyring([keyringFile(bytes)]);
    expect(names(keyring)).toEqual([two.getFingerprint()]);
    expect(keyring.skipped).toHaveLength(1);
  });

  it("without files has no keys, and verifies nothing", async () => {
    const keyring = await readKeyring([]);
    const inRelease = utf8(await clearsign(RELEASE, one));
    await expect(verifyInRelease(inRelease, keyring, POLICY)).rejects.toMatchObject({
      code: "ERR_VERIFY_UNKNOWN_KEY",
      keyIds: [one.getKeyID().toHex().toUpperCase()],
    });
  });

  it("must come from readKeyring", async () => {
    const fake = { files: [], keys: [], skipped: [] };
    const inRelease = utf8(await clearsign(RELEASE, one));
    await expect(verifyInRelease(inRelease, fake, POLICY)).rejects.toThrow(TypeError);
  });
});

describe("a file that is no keyring", () => {
  const bad: readonly (readonly [string, Uint8Array | string])[] = [
    ["empty", ""],
    ["text", "not a key\n"],
    ["HTML", "<html></html>"],
    ["garbage", Buffer.from([0xff, 0xfe, 0xfd, 0x00])],
    ["a key cut short", publicBytes(one).subarray(0, 20)],
    [
      "a key, and another cut short",
      Buffer.concat([publicBytes(two), publicBytes(one).subarray(0, -5)]),
    ],
    ["armor that is not closed", armorBlock(publicBytes(one), label).replace(/-----END.*/, "")],
    ["a GnuPG keybox", Buffer.from("\0\0\0 \x01\x01\0\x02KBXf\0\0\0\0", "latin1")],
    ["a signature", armorBlock(publicBytes(one))],
    ["a secret key alone", one.write() as Uint8Array],
    ["packets without a key", Buffer.from([0xb4, 1, 0x41])],
  ];
  for (const [name, content] of bad) {
    it(`is refused by its name: ${name}`, async () => {
      const files = [keyringFile(publicBytes(two), "good.gpg"), keyringFile(content, "bad.gpg")];
      expect(await refusal(files)).toMatchObject({
        code: "ERR_VERIFY_BAD_KEYRING",
        keyrings: ["bad.gpg"],
      });
    });
  }

  it("is skipped and listed if it is the system's and others have keys", async () => {
    const file = { ...keyringFile("", "/etc/apt/trusted.gpg"), named: false };
    const keyring = await readKeyring([file, keyringFile(publicBytes(two))]);
    expect(names(keyring)).toEqual([two.getFingerprint()]);
    expect(keyring.skipped).toMatchObject([{ file: "/etc/apt/trusted.gpg" }]);
    expect(await refusal([file])).toMatchObject({ keyrings: ["/etc/apt/trusted.gpg"] });
  });

  it("puts no control characters into a message", async () => {
    const error = await refusal([keyringFile("", "a\x1b[31m\nb")]);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });
});
