import * as openpgp from "openpgp";
import type { VerifyErrorCode } from "../src/index.js";
import {
  ago,
  armorBlock,
  canonical,
  clearsign,
  createKey,
  DAY,
  frame,
  NOW,
  publicBytes,
  RELEASE,
  SIGNING,
  signBytes,
  utf8,
} from "./material.js";

/** A document, the keys to judge it by, and what must come of it. */
export interface Case {
  readonly name: string;
  readonly keyring: Uint8Array;
  readonly inRelease?: Uint8Array;
  readonly release?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly expect: "accepted" | VerifyErrorCode;
  /** The policy of this package is stricter here than apt 2.6 with gpgv 2.2 by intent. */
  readonly strict?: true;
  /** Good by RFC 9580 or by this package's own rule, unknown to gpgv 2.2 or apt. */
  readonly beyondGpgv?: true;
}

const { hash, signature: type } = openpgp.enums;

/** Every case made with OpenPGP.js; about as long to make as three RSA keys. */
export async function makeCases(): Promise<Case[]> {
  const key = await createKey();
  const other = await createKey({ userId: "Somebody Else" });
  return [
    ...(await framingCases(key)),
    ...(await signatureCases(key, other)),
    ...(await keyCases(key)),
    ...(await detachedCases(key, other)),
  ];
}

async function framingCases(key: openpgp.PrivateKey): Promise<Case[]> {
  const keyring = publicBytes(key);
  const good = await clearsign(RELEASE, key);
  const evil = RELEASE.replace("Origin: Test", "Origin: Evil");
  const begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
  const end = "-----END PGP SIGNATURE-----\n";
  const [head = "", block = ""] = good.split(/(?=-----BEGIN PGP SIGNATURE)/);
  const bad = "ERR_VERIFY_BAD_CLEARSIGN";
  const none = "ERR_VERIFY_NOT_CLEARSIGNED";
  const form = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
  const tampered = "ERR_VERIFY_BAD_SIGNATURE";
  const table: readonly (readonly [string, string, Case["expect"], ("strict" | "beyondGpgv")?])[] =
    [
      ["a plain InRelease", good, "accepted"],
      ["no armor header at all", good.replace("Hash: SHA512\n", ""), "accepted"],
      ["several Hash headers", good.replace("\n\n", "\nHash: SHA256, SHA1\n\n"), "accepted"],
      ["CRLF line ends throughout", good.replaceAll("\n", "\r\n"), "accepted"],
      ["no line end after the last line", good.replace(/\n$/, ""), "accepted"],
      ["blanks added at line ends of the text", good.replace("Test\n", "Test \t \n"), "accepted"],
      ["text lines dash-escaped", good.replace(/^(?=(Origin|Suite| e3b0))/gm, "- "), "accepted"],
      ["an empty file", "", none],
      ["a captive portal's page", "<html><body>Log in</body></html>\n", none],
      ["a bare Release", RELEASE, none],
      ["text before the block", `Origin: Evil\n\n${good}`, none],
      ["an empty line before the block", `\n${good}`, none],
      ["a byte order mark before the block", `\ufeff${good}`, none],
      ["blanks after the BEGIN line's dashes", good.replace("GE-----", "GE----- "), none, "strict"],
      ["a blank before the BEGIN line", ` ${good}`, none],
      ["text after the block", `${good}Origin: Evil\n`, form],
      ["an empty line after the block", `${good}\n`, form],
      ["a second clearsigned block", `${good}${good}`, form],
      ["a second signature block", `${good}${block}`, form, "strict"],
      ["a comment between text and signature", good.replace(block, `- \n${block}`), tampered],
      [
        "a Release field as armor header",
        good.replace("Hash:", "Origin: Evil\nHash:"),
        bad,
        "strict",
      ],
      ["an armor header without a value", good.replace("Hash: SHA512", "Hash:"), bad, "strict"],
      ["an unescaped dash in the headers", good.replace("Hash:", "-Hash:"), bad],
      ["headers ended by a line of blanks", good.replace("\n\n", "\n  \n"), bad, "strict"],
      ["blanks hiding text among the headers", good.replace("\n\n", `\n \n${evil}\n\n`), bad],
      ["an unescaped dash in the text", good.replace("Label:", "-Label:"), bad],
      ["a foreign marker line in the text", good.replace("Label:", `${begin}Label:`), bad],
      [
        "a PGP MESSAGE marker in the text",
        good.replace("Label:", "-----BEGIN PGP MESSAGE-----\nLabel:"),
        bad,
      ],
      ["a CR inside a line", good.replace("Label: Test", "Label: \rTest"), bad],
      ["a NUL inside a line", good.replace("Label: Test", "Label: \0Test"), bad],
      ["no signature block", head, bad],
      ["a signature block that is not closed", good.replace(end, ""), form],
      ["a dash inside the signature", good.replace(end, `-x\n${end}`), form],
      ["garbage base64", good.replace(/\n([A-Za-z0-9+/]{60})/, "\n!!!!$1"), form, "strict"],
      ["base64 cut short", good.replace(/[A-Za-z0-9+/]{5}=*\n-----END/, "\n-----END"), form],
      ["a wrong armor checksum", good.replace(end, `=AAAA\n${end}`), form],
      ["an empty signature", good.replace(block, `-----BEGIN PGP SIGNATURE-----\n\n${end}`), form],
      ["a key instead of a signature", head + armorBlock(keyring), form],
      ["a changed value", good.replace("Origin: Test", "Origin: Evil"), tampered],
      ["an added line", good.replace("Label:", "Extra: x\nLabel:"), tampered],
      ["a removed line", good.replace("Label: Test\n", ""), tampered],
      ["an empty line added at the end", good.replace(block, `\n${block}`), tampered],
      ["an empty line added at the start", good.replace("Origin:", "\nOrigin:"), tampered],
      ["a blank put before a line", good.replace("Label:", " Label:"), tampered],
    ];
  return table.map(([name, text, expect, mark]) => ({
    name,
    keyring,
    inRelease: utf8(text),
    expect,
    ...(mark === undefined ? {} : { [mark]: true as const }),
  }));
}

async function signatureCases(key: openpgp.PrivateKey, other: openpgp.PrivateKey): Promise<Case[]> {
  const keyring = publicBytes(key);
  const rsa = await createKey({ rsa: 2048, userId: "RSA Archive" });
  const bytes = canonical(RELEASE);
  const text = { type: type.text };
  const good = await signBytes(bytes, key, text);
  const foreign = await signBytes(bytes, other, text);
  const expired = await signBytes(bytes, key, { ...text, created: ago(3600), expiresIn: 1800 });
  const wrong = await signBytes(utf8("something else"), key, text);
  const future = new Date(NOW.getTime() + 3600_000);
  const v3 = Buffer.from(good);
  v3[v3.indexOf(4, 2)] = 3;
  const both = publicBytes(key, rsa);
  const rsaSigned = async (algorithm: openpgp.enums.hash) =>
    signBytes(bytes, rsa, { ...text, hash: algorithm });
  const lf = utf8(RELEASE.replace(/\n$/, ""));
  const table: readonly (readonly [
    string,
    readonly Uint8Array[],
    Case["expect"],
    ("strict" | "beyondGpgv")?,
    Uint8Array?,
  ])[] = [
    ["a signature by an unknown key", [foreign], "ERR_VERIFY_UNKNOWN_KEY"],
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
    ["a SHA-256 signature", [await rsaSigned(hash.sha256)], "accepted", undefined, both],
    ["a SHA-384 signature", [await rsaSigned(hash.sha384)], "accepted", undefined, both],
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
    ["33 signatures", Array(33).fill(good), "ERR_VERIFY_BAD_SIGNATURE_FORMAT", "strict"],
  ];
  return table.map(([name, signatures, expect, mark, ring]) => ({
    name,
    keyring: ring ?? keyring,
    inRelease: utf8(frame(RELEASE, signatures)),
    expect,
    ...(mark === undefined ? {} : { [mark]: true as const }),
  }));
}

async function keyCases(key: openpgp.PrivateKey): Promise<Case[]> {
  const cases: Case[] = [];
  const add = async (
    name: string,
    expect: Case["expect"],
    signer: openpgp.PrivateKey,
    options: {
      keyring?: Uint8Array;
      subkey?: number;
      created?: Date;
      mark?: "strict" | "beyondGpgv";
    } = {},
  ) => {
    const { keyring, mark, ...sign } = options;
    cases.push({
      name,
      expect,
      keyring: keyring ?? publicBytes(signer),
      inRelease: utf8(await clearsign(RELEASE, signer, sign)),
      ...(mark === undefined ? {} : { [mark]: true as const }),
    });
  };
  const sub = await createKey({ signingSubkey: true });
  await add("a signing subkey", "accepted", sub, { subkey: 0 });
  await add("an RSA 2048 key", "accepted", await createKey({ rsa: 2048 }));
  await add("an ECDSA key", "accepted", await createKey({ ecdsa: "nistP256" }));
  await add("a version 6 key", "accepted", await createKey({ v6: true }), { mark: "beyondGpgv" });
  await add("an RSA 1024 key", "ERR_VERIFY_WEAK_KEY", await createKey({ rsa: 1024 }), {
    mark: "strict",
  });
  await add(
    "a key that expired since it signed",
    "ERR_VERIFY_EXPIRED_KEY",
    await createKey({ created: ago(10 * DAY), expiresIn: 5 * DAY }),
    { created: ago(8 * DAY) },
  );
  await add("a key with time left", "accepted", await createKey({ expiresIn: 3 * DAY }));
  await add(
    "a key from the future",
    "ERR_VERIFY_FUTURE_SIGNATURE",
    await createKey({ created: ago(-DAY) }),
    {
      created: ago(-DAY - 60),
      mark: "strict",
    },
  );
  for (const [words, flag] of [
    ["because it is compromised", openpgp.enums.reasonForRevocation.keyCompromised],
    ["because it is superseded", openpgp.enums.reasonForRevocation.keySuperseded],
    ["without a reason", openpgp.enums.reasonForRevocation.noReason],
  ] as const) {
    const made = await createKey();
    const { publicKey } = await openpgp.revokeKey({
      key: made,
      reasonForRevocation: { flag },
      format: "object",
    });
    const keyring = publicBytes(publicKey);
    const created = ago(3600);
    await add(`a key revoked ${words}`, "ERR_VERIFY_REVOKED_KEY", made, { keyring, created });
  }
  const revokedSub = await createKey({ signingSubkey: true });
  const [subkey] = revokedSub.subkeys;
  if (subkey === undefined) throw new Error("no subkey");
  const flag = openpgp.enums.reasonForRevocation.keyRetired;
  revokedSub.subkeys[0] = await subkey.revoke(
    revokedSub.keyPacket as openpgp.SecretKeyPacket,
    { flag },
    NOW,
    openpgp.config,
  );
  await add("a revoked subkey", "ERR_VERIFY_REVOKED_KEY", revokedSub, {
    subkey: 0,
    created: ago(3600),
  });
  await add("the primary key beside a revoked subkey", "accepted", revokedSub);
  const unsigned = await createKey({ signingSubkey: true });
  for (const binding of unsigned.subkeys[0]?.bindingSignatures ?? []) {
    await resign(binding, unsigned, { embeddedSignature: null });
  }
  await add("a subkey without back signature", "ERR_VERIFY_UNUSABLE_KEY", unsigned, { subkey: 0 });
  const encryption = await createKey({ signingSubkey: true });
  for (const binding of encryption.subkeys[0]?.bindingSignatures ?? []) {
    await resign(binding, encryption, { keyFlags: [12], embeddedSignature: null });
  }
  await add("an encryption subkey", "ERR_VERIFY_UNUSABLE_KEY", encryption, { subkey: 0 });
  const lateSub = await createKey({ created: ago(10 * DAY), signingSubkey: true });
  for (const binding of lateSub.subkeys[0]?.bindingSignatures ?? []) {
    await resign(binding, lateSub, { keyExpirationTime: 5 * DAY, keyNeverExpires: false });
  }
  await add("an expired subkey", "ERR_VERIFY_EXPIRED_KEY", lateSub, {
    subkey: 0,
    created: ago(8 * DAY),
  });
  // A signing subkey of one key, taken over by another: its own binding does not hold there.
  const stolen = await createKey();
  stolen.subkeys.push(...sub.subkeys);
  await add("a subkey that another key adopted", "ERR_VERIFY_UNUSABLE_KEY", sub, {
    subkey: 0,
    keyring: publicBytes(stolen),
  });
  const forged = await createKey();
  const [user] = forged.users;
  if (user === undefined) throw new Error("no user");
  user.selfCertifications = key.users[0]?.selfCertifications ?? [];
  await add("a key without a self-signature of its own", "ERR_VERIFY_UNUSABLE_KEY", forged);
  const { privateKey: renewed } = await openpgp.reformatKey({
    privateKey: await createKey({ created: ago(10 * DAY), expiresIn: 5 * DAY }),
    userIDs: [{ name: "Renewed Archive" }],
    date: ago(DAY),
    format: "object",
  });
  await add("what a key signed before it was renewed", "accepted", renewed, {
    created: ago(8 * DAY),
  });
  await add(
    "a key bound by SHA-1, its keyring named",
    "accepted",
    await createKey({ rsa: 2048, selfHash: hash.sha1 }),
  );
  await add(
    "a key bound by MD5",
    "ERR_VERIFY_UNUSABLE_KEY",
    await createKey({ rsa: 2048, selfHash: hash.md5 }),
  );
  return cases;
}

/** Makes a binding signature again with other properties. */
async function resign(
  binding: openpgp.SignaturePacket,
  key: openpgp.PrivateKey,
  changes: object,
): Promise<void> {
  const created = binding.created;
  Object.assign(binding, changes);
  const data = { key: key.keyPacket, bind: key.subkeys[0]?.keyPacket };
  const sign = binding.sign as (...args: unknown[]) => Promise<void>;
  await sign.call(binding, key.keyPacket, data, created, false, SIGNING);
}

async function detachedCases(key: openpgp.PrivateKey, other: openpgp.PrivateKey): Promise<Case[]> {
  const keyring = publicBytes(key);
  const release = utf8(RELEASE);
  const good = await signBytes(release, key);
  const text = await signBytes(canonical(`${RELEASE}\n`), key, { type: type.text });
  const foreign = await signBytes(release, other);
  const form = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
  const armored = armorBlock(good);
  const table: readonly (readonly [
    string,
    Uint8Array | string,
    Case["expect"],
    ("strict" | "beyondGpgv")?,
    Uint8Array?,
  ])[] = [
    ["an armored Release.gpg", armored, "accepted"],
    ["a binary Release.gpg", good, "accepted", "beyondGpgv"],
    ["a text signature", armorBlock(text), "accepted"],
    ["two armor blocks", armorBlock(foreign) + armored, "accepted"],
    ["two signatures in one block", armorBlock(Buffer.concat([foreign, good])), "accepted"],
    ["CRLF line ends in the armor", armored.replaceAll("\n", "\r\n"), "accepted"],
    ["a Version header", armored.replace("\n\n", "\nVersion: GnuPG v2\n\n"), "accepted"],
    ["text before the armor", `Hello\n${armored}`, form],
    ["an empty line before the armor", `\n${armored}`, form],
    ["text after the armor", `${armored}Hello\n`, form],
    ["an empty line after the armor", `${armored}\n`, form],
    ["armor that is not closed", armored.replace(/-----END.*\n/, ""), form],
    ["an HTML page", "<html>\n", form],
    ["an empty file", "", form],
    ["garbage bytes", new Uint8Array([0xff, 0xff, 1, 2, 3]), form],
    ["a binary signature cut short", good.subarray(0, good.length - 3), form],
    ["a public key", armorBlock(keyring), form],
    ["a clearsigned text", utf8(await clearsign(RELEASE, key)), form],
    ["a changed Release", armored, "ERR_VERIFY_BAD_SIGNATURE", undefined, utf8(`${RELEASE}\n`)],
    [
      "a Release with a blank more",
      armored,
      "ERR_VERIFY_BAD_SIGNATURE",
      undefined,
      utf8(RELEASE.replace("Origin: Test", "Origin: Test ")),
    ],
    ["an unknown key", armorBlock(foreign), "ERR_VERIFY_UNKNOWN_KEY"],
  ];
  return table.map(([name, given, expect, mark, body]) => ({
    name: `Release.gpg: ${name}`,
    keyring,
    release: body ?? release,
    signature: typeof given === "string" ? utf8(given) : given,
    expect,
    ...(mark === undefined ? {} : { [mark]: true as const }),
  }));
}
