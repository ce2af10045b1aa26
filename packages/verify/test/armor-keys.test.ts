import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as openpgp from "openpgp";
import { describe, expect, it, onTestFinished } from "vitest";
import { armorKeys, readKeyring, verifyInRelease } from "../src/index.js";
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
  utf8,
} from "./material.js";
import { GnupgHome, gpgv, needs, scratch } from "./tools.js";

const [one, two, three] = await Promise.all(
  ["One", "Two", "Three"].map((userId) => createKey({ userId, signingSubkey: true })),
);
if (!one || !two || !three) throw new Error("no keys");
const fingerprint = (key: openpgp.Key) => key.getFingerprint().toUpperCase();
const keyring = await readKeyring([
  keyringFile(publicBytes(one, three), "a.gpg"),
  keyringFile(armorBlock(publicBytes(two), "PGP PUBLIC KEY BLOCK"), "b.asc"),
]);
const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("armored keys", () => {
  it("are those asked for, in that order, in one block with a checksum", async () => {
    const wanted = [two, one].map(fingerprint);
    const armored = armorKeys(keyring, wanted);
    expect(asText(armored)).toMatch(
      /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n([A-Za-z0-9+/]{1,64}={0,2}\n)+=\S{4}\n-----END [^\n]*\n$/,
    );
    const read = await readKeyring([{ name: "c.asc", bytes: armored, named: true }]);
    expect(read.keys.map((key) => key.fingerprint)).toEqual(wanted);
    expect(read.keys[1]?.signers).toEqual(keyring.keys[0]?.signers);
    const lower = wanted.map((text) => text.toLowerCase());
    expect(armorKeys(keyring, [...lower, ...wanted])).toEqual(armored);
    for (const key of [one, two]) {
      const inRelease = utf8(await clearsign(RELEASE, key));
      expect((await verifyInRelease(inRelease, read, POLICY)).text).toBe(RELEASE);
    }
  });

  it("are the copy that is valid for longest, or the one that is revoked", async () => {
    const longer = await createKey({ userId: "Long" });
    const shorter = await openpgp.reformatKey({
      privateKey: longer,
      userIDs: longer.getUserIDs().map((name) => ({ name })),
      keyExpirationTime: 30 * DAY,
      date: ago(DAY),
      format: "object",
    });
    const revoked = await openpgp.revokeKey({ key: longer, format: "object" });
    const read = (...keys: openpgp.Key[]) =>
      readKeyring(keys.map((key, at) => keyringFile(key.toPublic().write(), `${at}.gpg`)));
    const copyOf = async (...keys: openpgp.Key[]) => {
      const bytes = armorKeys(await read(...keys), [fingerprint(longer)]);
      return (await readKeyring([{ name: "x", bytes, named: true }])).keys;
    };
    for (const both of [
      [longer, shorter.privateKey],
      [shorter.privateKey, longer],
    ]) {
      expect(await copyOf(...both)).toMatchObject([{ revoked: false }]);
      expect((await copyOf(...both))[0]).not.toHaveProperty("expires");
      expect(await copyOf(...both, revoked.publicKey)).toMatchObject([{ revoked: true }]);
    }
  });

  it("must be in the keyring, and be some", () => {
    expect(() => armorKeys(keyring, [])).toThrow(TypeError);
    expect(() => armorKeys(keyring, ["A".repeat(40)])).toThrow(TypeError);
    const forged = { ...keyring };
    expect(() => armorKeys(forged, [fingerprint(one)])).toThrow(TypeError);
  });
});

const tools = needs("gpg", "gpgv");

describe.skipIf(!tools.met)(`armored keys of GnuPG${tools.note}`, () => {
  it("are the same keys to gpg and gpgv", async () => {
    const home = new GnupgHome();
    onTestFinished(() => home.close());
    const place = scratch();
    onTestFinished(() => place.remove());
    home.run(["--quick-generate-key", "First <a@test.example>", "rsa3072", "sign", "never"]);
    home.run(["--quick-generate-key", "Second <b@test.example>", "ed25519", "sign", "never"]);
    home.run(["--quick-generate-key", "Other <c@test.example>", "ed25519", "sign", "never"]);
    home.run(["-u", "Other", "--quick-sign-key", fingerprintOf(home, "First")]);
    const bytes = home.run(["--export"]);
    const read = await readKeyring([{ name: "k.gpg", bytes, named: true }]);
    const wanted = ["Second", "First"].map((name) => fingerprintOf(home, name));
    const armored = armorKeys(read, wanted);
    const shown = home.run(["--show-keys", "--with-colons"], armored).toString();
    expect(fingerprintsIn(shown)).toEqual(wanted);

    const file = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(place.path, name), content);
      return join(place.path, name);
    };
    // gpgv reads no armor: what apt makes of it is what lies between the lines.
    const ring = file("ring.gpg", home.run(["--dearmor"], armored));
    const text = file("text", "text\n");
    for (const name of ["First", "Second"]) {
      const signature = home.run(["-u", name, "--detach-sign", "-o", "-", text]);
      expect(gpgv(ring, file("text.gpg", signature), text).status).toBe(0);
    }
    const other = home.run(["-u", "Other", "--detach-sign", "-o", "-", text]);
    expect(gpgv(ring, file("other.gpg", other), text).status).not.toBe(0);
  });
});

function fingerprintsIn(colons: string): string[] {
  return [...colons.matchAll(/^pub:.*\nfpr:+([0-9A-F]+):/gm)].map(([, found = ""]) => found);
}

function fingerprintOf(home: GnupgHome, name: string): string {
  return fingerprintsIn(home.run(["--list-keys", "--with-colons", name]).toString())[0] ?? "";
}
