import * as openpgp from "openpgp";
import { type Case, type Mark, markAs } from "./case.js";
import {
  ago,
  clearsign,
  createKey,
  DAY,
  NOW,
  publicBytes,
  RELEASE,
  SIGNING,
  utf8,
} from "./material.js";

const { hash } = openpgp.enums;

/** Keys in every state that a key can be in. */
export async function keyCases(key: openpgp.PrivateKey): Promise<Case[]> {
  const cases: Case[] = [];
  const add = async (
    name: string,
    expect: Case["expect"],
    signer: openpgp.PrivateKey,
    options: {
      keyring?: Uint8Array;
      subkey?: number;
      created?: Date;
      mark?: Mark;
    } = {},
  ) => {
    const { keyring, mark, ...sign } = options;
    cases.push({
      name,
      expect,
      keyring: keyring ?? publicBytes(signer),
      inRelease: utf8(await clearsign(RELEASE, signer, sign)),
      ...markAs(mark),
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
