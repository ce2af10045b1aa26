import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import * as openpgp from "openpgp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  armorPublicKey,
  checkSigningKey,
  clearsignText,
  readKeyring,
  readSigningKey,
  signDetached,
  VerifyError,
  verifyDetached,
  verifyInRelease,
} from "../src/index.js";
import { askApt } from "./apt.js";
import {
  ago,
  armorBlock,
  createKey,
  DAY,
  keyringFile,
  NOW,
  POLICY,
  publicBytes,
  RELEASE,
  utf8,
} from "./material.js";
import { GnupgHome, gpgv, needs, scratch } from "./tools.js";

const now = { now: NOW };
const PASSPHRASE = "correct horse ß battery";
const key = await createKey({ userId: "Mirror" });
const ring = await readKeyring([{ ...keyringFile(publicBytes(key)), named: false }]);
const secret = key.write();
const signing = await readSigningKey(secret, { name: "mirror.key" });

async function lock(made: openpgp.PrivateKey): Promise<Uint8Array> {
  const locked = await openpgp.encryptKey({ privateKey: made, passphrase: PASSPHRASE });
  return locked.write();
}

async function refusal(promise: Promise<unknown>): Promise<VerifyError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof VerifyError) return error;
  throw new Error("not refused", { cause: error });
}

/** The code with which a key is refused, be it when it is read or when it is to sign. */
async function codeOf(bytes: Uint8Array, passphrase?: string): Promise<string> {
  const options = { name: "a.key", ...(passphrase === undefined ? {} : { passphrase }) };
  try {
    await checkSigningKey(await readSigningKey(bytes, options), now);
    return "accepted";
  } catch (error) {
    if (error instanceof VerifyError) return error.code;
    throw error;
  }
}

describe("a signing key", () => {
  it("gives its public part away, and that alone, as gpg reads it", async () => {
    const armored = armorPublicKey(signing);
    const text = Buffer.from(armored).toString();
    expect(text).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n[A-Za-z0-9+/=\n]+-----END /);
    expect(armorPublicKey(await readSigningKey(secret, { name: "other" }))).toEqual(armored);
    const keyring = await readKeyring([{ name: "public.asc", bytes: armored, named: true }]);
    const document = await clearsignText(RELEASE, signing, now);
    expect((await verifyInRelease(document, keyring, POLICY)).text).toBe(RELEASE);
    const read = await openpgp.readKey({ armoredKey: text });
    expect(read.isPrivate()).toBe(false);
    expect(read.getFingerprint().toUpperCase()).toBe(signing.fingerprint);
  });

  it("is read from binary and from ASCII armor, with and without a passphrase", async () => {
    const locked = await lock(key);
    const label = "PGP PRIVATE KEY BLOCK";
    for (const bytes of [
      secret,
      locked,
      utf8(armorBlock(secret, label)),
      utf8(`a comment\n${armorBlock(locked, label).replaceAll("\n", "\r\n")}`),
      utf8(armorBlock(publicBytes(key), "PGP PUBLIC KEY BLOCK") + armorBlock(secret, label)),
    ]) {
      const read = await readSigningKey(bytes, { name: "m.key", passphrase: PASSPHRASE });
      expect(read).toEqual({
        name: "m.key",
        fingerprint: key.getFingerprint().toUpperCase(),
        userIds: ["Mirror <archive@test.example>"],
      });
      const inRelease = await clearsignText(RELEASE, read, now);
      expect((await verifyInRelease(inRelease, ring, POLICY)).text).toBe(RELEASE);
    }
  });

  const unreadable: readonly (readonly [string, Uint8Array, string])[] = [
    ["an empty file", new Uint8Array(), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["text", utf8("hello\n"), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["an SSH key", utf8("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["garbage", new Uint8Array([0xff, 0xfe, 0]), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["a key cut short", secret.subarray(0, 40), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["a megabyte and more", new Uint8Array(1_000_001), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["packets, but no key", new Uint8Array([0xb4, 1, 0x41]), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["an unknown kind", new Uint8Array([0x94, 6, 9, 0, 0, 0, 0, 1]), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["two private keys", Buffer.concat([secret, secret]), "ERR_VERIFY_BAD_SIGNING_KEY"],
    ["a public key", publicBytes(key), "ERR_VERIFY_NO_PRIVATE_KEY"],
    [
      "an armored public key",
      utf8(armorBlock(publicBytes(key), "PGP PUBLIC KEY BLOCK")),
      "ERR_VERIFY_NO_PRIVATE_KEY",
    ],
  ];
  for (const [name, bytes, code] of unreadable) {
    it(`is not ${name}`, async () => {
      expect(await refusal(readSigningKey(bytes, { name: "x.key" }))).toMatchObject({
        code,
        found: expect.any(String),
      });
    });
  }

  it("needs its passphrase, and gives neither of them away", async () => {
    const locked = await lock(key);
    const wrong = "hunter2 wrong";
    expect(await codeOf(locked)).toBe("ERR_VERIFY_NO_PASSPHRASE");
    expect(await codeOf(locked, PASSPHRASE)).toBe("accepted");
    const error = await refusal(readSigningKey(locked, { name: "m.key", passphrase: wrong }));
    expect(error.code).toBe("ERR_VERIFY_WRONG_PASSPHRASE");
    const shown = inspect([error, signing], { depth: 9, showHidden: true });
    const stored = JSON.stringify([error, signing]);
    for (const secretText of [wrong, PASSPHRASE, "privateParams", "seed"]) {
      expect(shown).not.toContain(secretText);
      expect(stored).not.toContain(secretText);
    }
    expect(await codeOf(locked, "")).toBe("ERR_VERIFY_WRONG_PASSPHRASE");
  });

  it("is whole: its private part must fit its public part", async () => {
    const made = await createKey({ signingSubkey: true });
    const foreign = await createKey();
    const packet = made.keyPacket as openpgp.SecretKeyPacket & { privateParams: unknown };
    const other = foreign.keyPacket as openpgp.SecretKeyPacket & { privateParams: unknown };
    packet.privateParams = other.privateParams;
    expect(await codeOf(made.write())).toBe("ERR_VERIFY_BAD_SIGNING_KEY");
  });

  const { hash } = openpgp.enums;
  const states: readonly (readonly [string, () => Promise<openpgp.PrivateKey>, string])[] = [
    ["an RSA 2048 key", () => createKey({ rsa: 2048 }), "accepted"],
    ["an ECDSA key", () => createKey({ ecdsa: "nistP256" }), "accepted"],
    ["a key with time left", () => createKey({ expiresIn: 3 * DAY }), "accepted"],
    ["an RSA 1024 key", () => createKey({ rsa: 1024 }), "ERR_VERIFY_SIGNING_KEY_WEAK"],
    [
      "a key bound by SHA-1",
      () => createKey({ rsa: 2048, selfHash: hash.sha1 }),
      "ERR_VERIFY_SIGNING_KEY_WEAK",
    ],
    [
      "an expired key",
      () => createKey({ created: ago(9 * DAY), expiresIn: DAY }),
      "ERR_VERIFY_SIGNING_KEY_EXPIRED",
    ],
    ["a version 6 key", () => createKey({ v6: true }), "ERR_VERIFY_SIGNING_KEY_UNUSABLE"],
    [
      "a key from the future",
      () => createKey({ created: ago(-DAY) }),
      "ERR_VERIFY_SIGNING_KEY_UNUSABLE",
    ],
    [
      "a revoked key",
      async () => {
        const made = await createKey();
        const { privateKey } = await openpgp.revokeKey({ key: made, format: "object" });
        return privateKey;
      },
      "ERR_VERIFY_SIGNING_KEY_REVOKED",
    ],
    [
      "a key that only certifies",
      async () => {
        const made = await createKey();
        const [user] = made.users;
        const [binding] = user?.selfCertifications ?? [];
        if (user === undefined || binding === undefined) throw new Error("no self-signature");
        binding.keyFlags = new Uint8Array([1]);
        const sign = binding.sign as (...args: unknown[]) => Promise<void>;
        const data = { userID: user.userID, key: made.keyPacket };
        const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false };
        await sign.call(binding, made.keyPacket, data, ago(DAY), false, config);
        return made;
      },
      "ERR_VERIFY_SIGNING_KEY_UNUSABLE",
    ],
  ];
  for (const [name, make, expected] of states) {
    it(`${expected === "accepted" ? "may be" : "may not be"} ${name}`, async () => {
      expect(await codeOf((await make()).write())).toBe(expected);
    });
  }

  it("signs with its newest subkey, and with itself once that has expired", async () => {
    const made = await createKey({ created: ago(9 * DAY), signingSubkey: true });
    const subkeyId = made.subkeys[0]?.getKeyID().toHex().toUpperCase();
    const read = await readSigningKey(made.write(), { name: "s.key" });
    expect(await checkSigningKey(read, now)).toEqual({ keyId: subkeyId, algorithm: "ed25519" });
    const both = await readKeyring([keyringFile(publicBytes(made))]);
    const signed = await verifyInRelease(await clearsignText(RELEASE, read, now), both, POLICY);
    expect(signed.signatures[0]?.keyId).toBe(subkeyId);
    const [binding] = made.subkeys[0]?.bindingSignatures ?? [];
    if (binding === undefined) throw new Error("no binding");
    Object.assign(binding, { keyExpirationTime: 5 * DAY, keyNeverExpires: false });
    const sign = binding.sign as (...args: unknown[]) => Promise<void>;
    const data = { key: made.keyPacket, bind: made.subkeys[0]?.keyPacket };
    const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false };
    await sign.call(binding, made.keyPacket, data, ago(9 * DAY), false, config);
    const later = await readSigningKey(made.write(), { name: "s.key" });
    const primaryId = made.getKeyID().toHex().toUpperCase();
    expect(await checkSigningKey(later, now)).toMatchObject({ keyId: primaryId });
    expect(await checkSigningKey(later, { now: ago(6 * DAY) })).toEqual({
      keyId: subkeyId,
      algorithm: "ed25519",
      expires: ago(4 * DAY),
    });
  });

  it("signs with the newest of several subkeys", async () => {
    const config = { nonDeterministicSignaturesViaNotation: false };
    const made = await createKey({ created: ago(9 * DAY) });
    const options = { type: "ecc", curve: "ed25519Legacy", sign: true, config } as const;
    const first = await made.addSubkey({ ...options, date: ago(5 * DAY) });
    const both = await first.addSubkey({ ...options, date: ago(2 * DAY) });
    const newest = both.subkeys.find((one) => +one.getCreationTime() === +ago(2 * DAY));
    const read = await readSigningKey(both.write(), { name: "s.key" });
    const { keyId } = await checkSigningKey(read, now);
    expect(keyId).toBe(newest?.getKeyID().toHex().toUpperCase());
    const before = await checkSigningKey(read, { now: ago(3 * DAY) });
    expect(before.keyId).not.toBe(keyId);
  });

  it("is not a key whose private part is elsewhere", async () => {
    const made = await createKey();
    const packet = made.keyPacket as openpgp.SecretKeyPacket & { makeDummy(): void };
    packet.makeDummy();
    expect(await codeOf(made.write())).toBe("ERR_VERIFY_NO_PRIVATE_KEY");
  });

  it("must come from readSigningKey, and be asked about a time", async () => {
    const fake = { ...signing };
    await expect(clearsignText(RELEASE, fake, now)).rejects.toThrow(TypeError);
    const never = { now: new Date(Number.NaN) };
    await expect(signDetached(utf8(RELEASE), signing, never)).rejects.toThrow(TypeError);
  });
});

describe("signing", () => {
  it("makes what this package verifies, the same each time", async () => {
    const inRelease = await clearsignText(RELEASE, signing, now);
    const signature = await signDetached(utf8(RELEASE), signing, now);
    const one = await verifyInRelease(inRelease, ring, POLICY);
    const two = await verifyDetached(utf8(RELEASE), signature, ring, POLICY);
    expect(one.text).toBe(RELEASE);
    expect(one).toEqual(two);
    expect(one.signatures).toMatchObject([{ hash: "sha512", created: NOW, algorithm: "ed25519" }]);
    expect(await clearsignText(RELEASE, signing, now)).toEqual(inRelease);
    expect(await signDetached(utf8(RELEASE), signing, now)).toEqual(signature);
  });

  it("returns any text to the character, blanks at line ends taken off", async () => {
    const unit = fc.constantFrom(..."ab:- \t\u2028\u2029\u0085\v\u00e9\u{1f600}");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit }), { minLength: 1 }), async (lines) => {
        const text = `${lines.join("\n")}\n`;
        const inRelease = await clearsignText(text, signing, now);
        const expected = text.replace(/[ \t]+(?=\n)/g, "");
        expect((await verifyInRelease(inRelease, ring, POLICY)).text).toBe(expected);
        const body = Buffer.from(inRelease).toString().split("\n").slice(3, -1);
        const until = body.indexOf("-----BEGIN PGP SIGNATURE-----");
        const escaped = expected.split("\n").map((line) => line.replace(/^-/, "- -"));
        expect(body.slice(0, until)).toEqual(escaped.slice(0, -1));
      }),
      { numRuns: 100 },
    );
  });

  it("refuses a text that no InRelease can hold", async () => {
    for (const text of [
      "a\0b\n",
      "a\rb\n",
      `${"x".repeat(19_991)}\n`,
      `-${"x".repeat(19_988)}\n`,
    ]) {
      const error = await refusal(clearsignText(`first: line\n${text}`, signing, now));
      expect(error).toMatchObject({ code: "ERR_VERIFY_BAD_CLEARSIGN", line: expect.any(Number) });
    }
    const flood = "x\n".repeat(5_000_001);
    expect((await refusal(clearsignText(flood, signing, now))).code).toBe("ERR_VERIFY_TOO_LARGE");
    const huge = utf8(flood);
    expect((await refusal(signDetached(huge, signing, now))).code).toBe("ERR_VERIFY_TOO_LARGE");
  });

  it("stops when the key has expired since it was read", async () => {
    const short = await createKey({ created: ago(2 * DAY), expiresIn: DAY });
    const read = await readSigningKey(short.write(), { name: "s.key" });
    const early = { now: ago(DAY + 60) };
    expect((await clearsignText(RELEASE, read, early)).length).toBeGreaterThan(100);
    for (const late of [clearsignText(RELEASE, read, now), signDetached(utf8("x"), read, now)]) {
      expect(await refusal(late)).toMatchObject({
        code: "ERR_VERIFY_SIGNING_KEY_EXPIRED",
        keyIds: [short.getKeyID().toHex().toUpperCase()],
      });
    }
  });
});

const apt = needs("gpg", "gpgv", "apt-get");
describe.skipIf(!apt.met)(`signing with keys of GnuPG${apt.note}`, () => {
  const locked = ["--passphrase", PASSPHRASE];
  let home: GnupgHome;
  let directory: ReturnType<typeof scratch>;
  beforeAll(() => {
    home = new GnupgHome();
    directory = scratch();
    home.run([...locked, "--quick-generate-key", "ed", "ed25519", "cert,sign", "never"]);
    home.run([...locked, "--quick-generate-key", "sub", "ed25519", "cert", "never"]);
    const list = home.run(["--list-keys", "--with-colons", "=sub"]).toString();
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(list)?.[1] ?? "";
    home.run([...locked, "--quick-add-key", fingerprint, "rsa2048", "sign", "1y"]);
    home.run([...locked, "--quick-add-key", fingerprint, "cv25519", "encr", "1y"]);
  });
  afterAll(() => {
    home.close();
    directory.remove();
  });

  const keys: readonly (readonly [string, string, string, string])[] = [
    ["an Ed25519 key", "ed", "--export-secret-keys", "ed25519"],
    ["an RSA subkey", "sub", "--export-secret-keys", "rsa2048"],
    ["a subkey whose primary key is offline", "sub", "--export-secret-subkeys", "rsa2048"],
  ];
  for (const [words, name, verb, algorithm] of keys) {
    it(`is accepted by gpgv, apt-get and this package: ${words}`, async () => {
      const secretKey = home.run([...locked, "--armor", verb, `=${name}`]);
      const keyring = home.run(["--export", `=${name}`]);
      const read = await readSigningKey(secretKey, { name, passphrase: PASSPHRASE });
      const at = { now: new Date() };
      expect(await checkSigningKey(read, at)).toMatchObject({ algorithm });
      const own = await readKeyring([{ ...keyringFile(keyring), named: false }]);
      const policy = { now: new Date(), maxFuture: 10_000 };
      const dashed = `${RELEASE}\n- a\n-- b: \u00e4\n-----BEGIN PGP SIGNATURE-----\n\n`;
      const long = RELEASE.replace("Label: Test", `Label: ${"x".repeat(19_980)}`);
      const questions = [];
      for (const text of [RELEASE, long, dashed]) {
        const inRelease = await clearsignText(text, read, at);
        const release = utf8(text);
        const signature = await signDetached(release, read, at);
        expect((await verifyInRelease(inRelease, own, policy)).text).toBe(text);
        expect((await verifyDetached(release, signature, own, policy)).text).toBe(text);
        const files = { keyring, inRelease, release, signature };
        const path = (file: string) => join(directory.path, `${name}-${file}`);
        for (const [file, content] of Object.entries(files)) writeFileSync(path(file), content);
        const detached = gpgv(path("keyring"), path("signature"), path("release"));
        expect(detached.status).toBe(0);
        const args = ["--keyring", path("keyring"), "--output", "-", path("inRelease")];
        const shown = spawnSync("gpgv", args, { encoding: "utf8" });
        expect(shown.status).toBe(0);
        expect(`${shown.stdout.replace(/\n$/, "")}\n`).toBe(`${text.replace(/\n$/, "")}\n`);
        // apt reads fields besides.
        if (text === dashed) continue;
        questions.push({ keyring, inRelease }, { keyring, release, signature });
      }
      const [first] = questions;
      const tampered = String(first?.inRelease && Buffer.from(first.inRelease));
      const bad = { keyring, inRelease: utf8(tampered.replace("Test", "Text")) };
      const place = join(directory.path, `apt-${verb}-${name}`);
      mkdirSync(place);
      const accepted = askApt(place, [...questions, bad]);
      expect(questions.filter((question) => !accepted.has(question))).toEqual([]);
      expect(accepted.has(bad)).toBe(false);
    });
  }
});
