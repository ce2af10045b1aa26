import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { type Policy, readKeyring, VerifyError, verifyInRelease } from "../src/index.js";
import {
  ago,
  canonical,
  clearsign,
  createKey,
  DAY,
  frame,
  keyringFile,
  NOW,
  POLICY,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";

const key = await createKey();
const other = await createKey({ userId: "Other" });
const inRelease = utf8(await clearsign(RELEASE, key));
const keyring = await readKeyring([keyringFile(publicBytes(key, other), "two.gpg")]);

async function refusal(promise: Promise<unknown>): Promise<VerifyError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof VerifyError) return error;
  throw new Error("not refused", { cause: error });
}

describe("the policy", () => {
  it("lets only the fingerprints count that it names, in any spelling", async () => {
    const mine = key.getFingerprint();
    const spelled = `0x${mine.match(/.{4}/g)?.join(" ")}`;
    for (const fingerprints of [[mine], [mine.toUpperCase()], [spelled], []]) {
      const policy = { ...POLICY, fingerprints };
      expect((await verifyInRelease(inRelease, keyring, policy)).verified).toBe(true);
    }
    const policy = { ...POLICY, fingerprints: [other.getFingerprint()] };
    const error = await refusal(verifyInRelease(inRelease, keyring, policy));
    expect(error.code).toBe("ERR_VERIFY_WRONG_FINGERPRINT");
  });

  it("counts a subkey by the fingerprint of its primary key alone", async () => {
    const made = await createKey({ signingSubkey: true });
    const ring = await readKeyring([keyringFile(publicBytes(made))]);
    const signed = utf8(await clearsign(RELEASE, made, { subkey: 0 }));
    const subkey = made.subkeys[0]?.getFingerprint() ?? "";
    const good = await verifyInRelease(signed, ring, {
      ...POLICY,
      fingerprints: [made.getFingerprint()],
    });
    expect(good.signatures[0]).toMatchObject({
      fingerprint: made.getFingerprint().toUpperCase(),
      keyId: subkey.slice(-16).toUpperCase(),
    });
    const policy = { ...POLICY, fingerprints: [subkey] };
    const error = await refusal(verifyInRelease(signed, ring, policy));
    expect(error.code).toBe("ERR_VERIFY_WRONG_FINGERPRINT");
  });

  it("is refused when it is malformed, never read as no policy", async () => {
    const malformed: readonly Policy[] = [
      { ...POLICY, now: new Date(Number.NaN) },
      { ...POLICY, maxFuture: Number.NaN },
      { ...POLICY, maxFuture: -1 },
      { ...POLICY, maxFuture: Number.POSITIVE_INFINITY },
      { ...POLICY, fingerprints: [""] },
      { ...POLICY, fingerprints: [key.getFingerprint().slice(-16)] },
    ];
    for (const policy of malformed) {
      await expect(verifyInRelease(inRelease, keyring, policy)).rejects.toThrow(TypeError);
    }
  });

  it("tolerates a signature as far in the future as it says, and no further", async () => {
    const early = (ms: number): Policy => ({
      now: new Date(NOW.getTime() - ms),
      maxFuture: 10_000,
    });
    expect((await verifyInRelease(inRelease, keyring, early(10_000))).verified).toBe(true);
    const error = await refusal(verifyInRelease(inRelease, keyring, early(11_000)));
    expect(error.code).toBe("ERR_VERIFY_FUTURE_SIGNATURE");
  });

  it("tolerates a key made within the allowed skew", async () => {
    const fresh = await createKey({ created: NOW, signingSubkey: true });
    const ring = await readKeyring([keyringFile(publicBytes(fresh))]);
    const policy = { now: new Date(NOW.getTime() - 5000), maxFuture: 10_000 };
    for (const options of [{}, { subkey: 0 }]) {
      const signed = utf8(await clearsign(RELEASE, fresh, options));
      expect((await verifyInRelease(signed, ring, policy)).verified).toBe(true);
    }
  });

  it("judges a key at the time given, not by the clock of the machine", async () => {
    const old = await createKey({ created: ago(900 * DAY), expiresIn: 100 * DAY });
    const ring = await readKeyring([keyringFile(publicBytes(old))]);
    const signed = utf8(await clearsign(RELEASE, old, { created: ago(890 * DAY) }));
    const then = { ...POLICY, now: ago(850 * DAY) };
    expect((await verifyInRelease(signed, ring, then)).verified).toBe(true);
    const error = await refusal(verifyInRelease(signed, ring, POLICY));
    expect(error.code).toBe("ERR_VERIFY_EXPIRED_KEY");
  });

  it("never changes the settings of OpenPGP.js for others", async () => {
    const before = { ...openpgp.config };
    await verifyInRelease(inRelease, keyring, POLICY);
    expect({ ...openpgp.config }).toEqual(before);
    expect(openpgp.config.rejectHashAlgorithms).toEqual(
      new Set([openpgp.enums.hash.md5, openpgp.enums.hash.ripemd]),
    );
  });
});

describe("several signatures", () => {
  const bytes = canonical(RELEASE);
  const text = { type: openpgp.enums.signature.text };

  it("all count that are good, the rest are named in warnings", async () => {
    const third = await createKey();
    const document = frame(RELEASE, [
      await signBytes(bytes, third, text),
      await signBytes(bytes, key, text),
      await signBytes(bytes, other, text),
      await signBytes(bytes, key, { ...text, created: ago(3600), expiresIn: 60 }),
    ]);
    const signed = await verifyInRelease(utf8(document), keyring, POLICY);
    expect(signed.signatures.map((one) => one.fingerprint)).toEqual([
      key.getFingerprint().toUpperCase(),
      other.getFingerprint().toUpperCase(),
    ]);
    expect(signed.warnings.map(({ code, keyId }) => ({ code, keyId }))).toEqual([
      { code: "unknown-key", keyId: third.getKeyID().toHex().toUpperCase() },
      { code: "expired-signature", keyId: key.getKeyID().toHex().toUpperCase() },
    ]);
  });

  it("that are all bad give the most telling code", async () => {
    const lost = await createKey();
    const { publicKey } = await openpgp.revokeKey({ key: lost, format: "object" });
    const file = keyringFile(publicBytes(key, other, publicKey));
    const all = await readKeyring([file]);
    const expired = await signBytes(bytes, key, { ...text, created: ago(3600), expiresIn: 60 });
    const revoked = await signBytes(bytes, lost, { ...text, created: ago(60) });
    const wrong = await signBytes(utf8("another text"), other, text);
    const code = async (...signatures: readonly Uint8Array[]) =>
      (await refusal(verifyInRelease(utf8(frame(RELEASE, signatures)), all, POLICY))).code;
    expect(await code(expired, revoked)).toBe("ERR_VERIFY_REVOKED_KEY");
    expect(await code(revoked, expired)).toBe("ERR_VERIFY_REVOKED_KEY");
    expect(await code(revoked, wrong, expired)).toBe("ERR_VERIFY_BAD_SIGNATURE");
  });

  it("that are all bad are each accounted for", async () => {
    const stranger = await createKey();
    const document = frame(RELEASE, [
      await signBytes(bytes, stranger, text),
      await signBytes(bytes, key, { ...text, created: ago(3600), expiresIn: 60 }),
    ]);
    const error = await refusal(verifyInRelease(utf8(document), keyring, POLICY));
    expect(error).toMatchObject({
      code: "ERR_VERIFY_EXPIRED_SIGNATURE",
      keyrings: ["two.gpg"],
      keyIds: [stranger, key].map((one) => one.getKeyID().toHex().toUpperCase()),
      reasons: [{ reason: "unknown-key" }, { reason: "expired-signature" }],
    });
  });
});

describe("a key that is in no keyring", () => {
  it("is named by the ID and fingerprint that the signature gives, beside the keyrings", async () => {
    const stranger = await createKey({ signingSubkey: true });
    const signed = utf8(await clearsign(RELEASE, stranger, { subkey: 0 }));
    const files = [
      keyringFile(publicBytes(key), "a.gpg"),
      keyringFile(publicBytes(other), "b.gpg"),
    ];
    const error = await refusal(verifyInRelease(signed, await readKeyring(files), POLICY));
    const fingerprint = stranger.subkeys[0]?.getFingerprint().toUpperCase() ?? "";
    expect(error).toMatchObject({
      code: "ERR_VERIFY_UNKNOWN_KEY",
      keyIds: [fingerprint.slice(-16)],
      keyrings: ["a.gpg", "b.gpg"],
      reasons: [{ reason: "unknown-key", detail: expect.stringContaining(fingerprint) }],
    });
  });
});

describe("keys bound by SHA-1", () => {
  it("count with a warning from a named keyring, and not at all from another", async () => {
    const weak = await createKey({ rsa: 2048, selfHash: openpgp.enums.hash.sha1 });
    const signed = utf8(await clearsign(RELEASE, weak));
    const file = keyringFile(publicBytes(weak));
    const named = await verifyInRelease(signed, await readKeyring([file]), POLICY);
    expect(named.warnings).toMatchObject([{ code: "sha1-bound-key" }]);
    const system = await readKeyring([{ ...file, named: false }]);
    const error = await refusal(verifyInRelease(signed, system, POLICY));
    expect(error).toMatchObject({ code: "ERR_VERIFY_WEAK_KEY", reasons: [{ reason: "weak-key" }] });
  });

  it("are revoked by a SHA-1 revocation all the same", async () => {
    const sha1 = openpgp.enums.hash.sha1;
    const weak = await createKey({ rsa: 2048 });
    const { publicKey } = await openpgp.revokeKey({
      key: weak,
      format: "object",
      config: { preferredHashAlgorithm: sha1, nonDeterministicSignaturesViaNotation: false },
    });
    expect(publicKey.revocationSignatures[0]?.hashAlgorithm).toBe(sha1);
    const ring = await readKeyring([keyringFile(publicBytes(publicKey))]);
    expect(ring.keys[0]?.revoked).toBe(true);
    const error = await refusal(
      verifyInRelease(utf8(await clearsign(RELEASE, weak)), ring, POLICY),
    );
    expect(error.code).toBe("ERR_VERIFY_REVOKED_KEY");
  });
});

describe("a key in two keyring files", () => {
  it("is revoked if one of them says so, whichever comes first", async () => {
    const { publicKey } = await openpgp.revokeKey({ key, format: "object" });
    const files = [
      keyringFile(publicBytes(key), "old"),
      keyringFile(publicBytes(publicKey), "new"),
    ];
    for (const order of [files, files.toReversed()]) {
      const error = await refusal(verifyInRelease(inRelease, await readKeyring(order), POLICY));
      expect(error.code).toBe("ERR_VERIFY_REVOKED_KEY");
    }
  });

  it("has the later of two expiries", async () => {
    const short = await createKey({ created: ago(10 * DAY), expiresIn: 5 * DAY });
    const { privateKey: renewed } = await openpgp.reformatKey({
      privateKey: short,
      userIDs: [{ name: "Renewed" }],
      date: ago(6 * DAY),
      format: "object",
    });
    const files = [keyringFile(publicBytes(short)), keyringFile(publicBytes(renewed))];
    const signed = utf8(await clearsign(RELEASE, short));
    for (const order of [files, files.toReversed()]) {
      expect((await verifyInRelease(signed, await readKeyring(order), POLICY)).verified).toBe(true);
    }
  });
});
