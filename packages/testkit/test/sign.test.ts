import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSignature } from "openpgp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  clearsign,
  createKey,
  describeNeeds,
  detachSign,
  gpgKeyring,
  gpgSign,
  keyringOf,
  revokeKey,
  runTool,
  type TemporaryDirectory,
  type TestKey,
  temporaryDirectory,
} from "../src/index.js";

const text = "Origin: Test\n- dashes\n-----BEGIN\nSHA256:\n abc 1 x\n";
let directory: TemporaryDirectory;
let ed25519: TestKey;
let rsa: TestKey;

beforeAll(async () => {
  directory = await temporaryDirectory();
  [ed25519, rsa] = await Promise.all([
    createKey({ signingSubkey: true, userId: "First Signer <first@example.org>" }),
    createKey({ type: "rsa" }),
  ]);
});
afterAll(() => directory.remove());

async function gpgv(
  keys: readonly TestKey[],
  signed: string | Uint8Array,
  data?: string,
): Promise<{ status: string; payload: string }> {
  const at = (name: string): string => join(directory.path, name);
  await writeFile(at("keyring"), keyringOf(keys));
  await writeFile(at("signed"), signed);
  await writeFile(at("payload"), "");
  const args = ["--homedir", directory.path, "--keyring", at("keyring"), "--status-fd", "1"];
  if (data === undefined) {
    await writeFile(at("payload"), "");
    const result = await runTool("gpgv", [...args, "--output", "-", at("signed")]);
    const output = result.stdout.toString();
    return {
      status: output.match(/^\[GNUPG:\].*$/gm)?.join("\n") ?? "",
      payload: output.replace(/^\[GNUPG:\].*\n/gm, ""),
    };
  }
  await writeFile(at("data"), data);
  const result = await runTool("gpgv", [...args, at("signed"), at("data")]);
  return { status: result.stdout.toString(), payload: "" };
}

describe("a test key", () => {
  it("tells its fingerprint, the id of the subkey that signs, and its life", async () => {
    const key = await createKey({ created: new Date("2020-01-01T00:00:00Z"), expiresIn: 60 });
    expect(key.fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(key.keyId).toBe(key.fingerprint.slice(-16));
    expect(ed25519.keyId).not.toBe(ed25519.fingerprint.slice(-16));
    expect(key.expires).toEqual(new Date("2020-01-01T00:01:00Z"));
    expect(ed25519.userId).toBe("First Signer <first@example.org>");
  });

  it("can be too weak, and its signatures can use a digest that nobody should accept", async () => {
    const weak = await createKey({ type: "rsa", bits: 1024 });
    const signature = await detachSign(text, weak, { hash: "sha1", armor: false });
    const { packets } = await readSignature({ binarySignature: signature });
    expect(packets[0]?.hashAlgorithm).toBe(2);
  });
});

describeNeeds(describe, ["gpgv"], "signatures, as gpgv sees them", () => {
  it("hold for a clearsigned text by several keys, and give the text back", async () => {
    const signed = await clearsign(text, [ed25519, rsa]);
    const { status, payload } = await gpgv([ed25519, rsa], signed);
    expect(status.match(/GOODSIG/g)).toHaveLength(2);
    expect(status).toContain(`VALIDSIG`);
    expect(payload).toBe(text);
    expect(signed.endsWith("-----END PGP SIGNATURE-----\n")).toBe(true);
  });

  it.each([true, false])("hold for a detached signature, armored: %s", async (armor) => {
    const signature = await detachSign(text, [ed25519, rsa], { armor });
    expect(Buffer.from(signature).toString("latin1").startsWith("-----BEGIN")).toBe(armor);
    const { status } = await gpgv([ed25519, rsa], signature, text);
    expect(status.match(/GOODSIG/g)).toHaveLength(2);
    expect((await gpgv([ed25519], signature, `${text}x`)).status).toContain("BADSIG");
    expect((await gpgv([rsa], signature, text)).status).toContain("NO_PUBKEY");
  });

  it("of an expired or revoked key are told apart", async () => {
    const expired = await createKey({ created: new Date(Date.now() - 3_600_000), expiresIn: 60 });
    expect((await gpgv([expired], await clearsign(text, expired))).status).toContain("EXPKEYSIG");
    const revoked = await revokeKey(ed25519);
    expect((await gpgv([revoked], await clearsign(text, revoked))).status).toContain("REVKEYSIG");
  });

  it("carry the moment that was asked for", async () => {
    const date = new Date(ed25519.created.getTime() + 5000);
    const { status } = await gpgv([ed25519], await clearsign(text, ed25519, { date }));
    expect(status).toContain(` ${date.getTime() / 1000} `);
  });
});

describeNeeds(describe, ["gpg", "gpgv"], "the real gpg", () => {
  it("signs with keys of ours and keys of its own", async () => {
    await using keyring = await gpgKeyring({
      keys: [rsa],
      generate: [{ userId: "Own <own@example.org>" }],
    });
    const signers = await keyring.fingerprints();
    expect(signers).toHaveLength(2);
    expect(signers).toContain(rsa.fingerprint);
    const signed = await gpgSign(keyring, text, { signers, digest: "SHA256" });
    const path = join(directory.path, "both.gpg");
    await writeFile(path, await keyring.exportPublic());
    await writeFile(join(directory.path, "by-gpg"), signed);
    const { stdout } = await runTool("gpgv", [
      ...["--homedir", directory.path, "--keyring", path, "--status-fd", "1"],
      join(directory.path, "by-gpg"),
    ]);
    expect(stdout.toString().match(/GOODSIG/g)).toHaveLength(2);
    const detached = await gpgSign(keyring, text, {
      mode: "detach",
      digest: "SHA1",
      signers: [rsa.fingerprint],
      date: new Date(rsa.created.getTime() + 1000),
    });
    expect(Buffer.from(detached).toString()).toContain("BEGIN PGP SIGNATURE");
    const armored = await keyring.exportPublic({ armor: true });
    expect(Buffer.from(armored).toString()).toContain("BEGIN PGP PUBLIC KEY BLOCK");
  });

  it("is gone, agent and all, once removed", async () => {
    const keyring = await gpgKeyring({ generate: [{ userId: "Short <short@example.org>" }] });
    await keyring.remove();
    await expect(readFile(join(keyring.home, "pubring.kbx"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
