import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptUnverified,
  readKeyring,
  SignedText,
  verifyDetached,
  verifyInRelease,
} from "../src/index.js";
import {
  canonical,
  clearsign,
  createKey,
  frame,
  keyringFile,
  NOW,
  POLICY,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";

const key = await createKey({ userId: "Test Archive" });
const keyring = await readKeyring([keyringFile(publicBytes(key), "a.gpg")]);

describe("SignedText", () => {
  it("holds the text and says who signed it, when and how", async () => {
    const signed = await verifyInRelease(utf8(await clearsign(RELEASE, key)), keyring, POLICY);
    expect(signed.text).toBe(RELEASE);
    expect(signed.verified).toBe(true);
    expect(signed.warnings).toEqual([]);
    expect(signed.signatures).toEqual([
      {
        fingerprint: key.getFingerprint().toUpperCase(),
        keyId: key.getKeyID().toHex().toUpperCase(),
        userId: "Test Archive <archive@test.example>",
        file: "a.gpg",
        created: NOW,
        algorithm: "ed25519",
        hash: "sha512",
      },
    ]);
  });

  it("cannot be made or changed outside the package", async () => {
    const made = acceptUnverified(utf8("a: b\n"), "plain");
    const Forged = SignedText as unknown as new (...args: unknown[]) => SignedText;
    const fields = { text: "x", verified: true, signatures: [], warnings: [] };
    expect(() => new Forged(Symbol(), fields)).toThrow(TypeError);
    expect(() => new Forged(fields)).toThrow(TypeError);
    expect(() => Object.assign(made, { verified: true })).toThrow(TypeError);
    expect(SignedText.is(made)).toBe(true);
    expect(SignedText.is({ ...made })).toBe(false);
    expect(SignedText.is(undefined)).toBe(false);
  });

  it("has the same text from an InRelease and from a Release that say the same", async () => {
    const text = "Origin: Test \nLabel:\t\nDescription: ä\n\nlast";
    const inRelease = await verifyInRelease(utf8(await clearsign(text, key)), keyring, POLICY);
    const signature = await signBytes(utf8(text), key);
    const release = await verifyDetached(utf8(text), signature, keyring, POLICY);
    expect(inRelease.text).toBe("Origin: Test\nLabel:\nDescription: ä\n\nlast\n");
    expect(release.text).toBe(inRelease.text);
  });

  it("undoes dash-escapes once, keeps what was escaped twice", async () => {
    const text = "- one\n-- two\n - three\n-----BEGIN PGP SIGNATURE-----\n";
    const signed = await verifyInRelease(utf8(await clearsign(text, key)), keyring, POLICY);
    expect(signed.text).toBe(text);
  });

  it("survives bytes that are no UTF-8", async () => {
    const bytes = Buffer.from("Description: caf\xe9\n", "latin1");
    const signed = await verifyDetached(bytes, await signBytes(bytes, key), keyring, POLICY);
    expect(signed.text).toBe("Description: caf\ufffd\n");
  });

  it("covers an empty text", async () => {
    const signed = await verifyInRelease(utf8(await clearsign("", key)), keyring, POLICY);
    expect(signed.text).toBe("\n");
  });

  it("returns, for any text signed, that text with blanks at line ends taken off", async () => {
    const line = fc.string({ unit: fc.constantFrom(..."ab:- \t\u00e9\u{1f600}") });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), async (lines) => {
        const text = `${lines.join("\n")}\n`;
        const signed = await verifyInRelease(utf8(await clearsign(text, key)), keyring, POLICY);
        expect(signed.text).toBe(text.replace(/[ \t]+$/gm, ""));
      }),
      { numRuns: 100 },
    );
  });

  it("comes of no file in which one byte was changed, unless the text is the same", async () => {
    const good = Buffer.from(await clearsign(RELEASE, key));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(good);
        changed[at] = byte;
        const signed = await verifyInRelease(changed, keyring, POLICY).catch(() => undefined);
        expect(signed === undefined || signed.text === RELEASE).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe("accepting without a check", () => {
  it("says that nothing was verified", async () => {
    const text = frame(RELEASE, [await signBytes(canonical("another text"), key)]);
    const signed = acceptUnverified(utf8(text), "clearsigned");
    expect(signed).toMatchObject({ text: RELEASE, verified: false, signatures: [], warnings: [] });
    expect(acceptUnverified(utf8(RELEASE), "plain").text).toBe(RELEASE);
  });

  it("still refuses a clearsigned file with text around the block", async () => {
    const text = `Origin: Evil\n${await clearsign(RELEASE, key)}`;
    expect(() => acceptUnverified(utf8(text), "clearsigned")).toThrow(
      expect.objectContaining({ code: "ERR_VERIFY_NOT_CLEARSIGNED" }),
    );
  });

  it("takes ten million empty lines without a line's cost for each", async () => {
    const flood = Buffer.alloc(9_999_000, "\n");
    const document = Buffer.concat([
      Buffer.from("-----BEGIN PGP SIGNED MESSAGE-----\n\n"),
      flood,
      Buffer.from("\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"),
    ]);
    const before = process.memoryUsage().heapUsed;
    expect(acceptUnverified(document, "clearsigned").text.length).toBeGreaterThan(9_999_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  it("is bounded", () => {
    const code = "ERR_VERIFY_TOO_LARGE";
    const flood = new Uint8Array(10_000_001);
    expect(() => acceptUnverified(flood, "plain")).toThrow(expect.objectContaining({ code }));
    expect(() => acceptUnverified(flood, "clearsigned")).toThrow(expect.objectContaining({ code }));
  });
});
