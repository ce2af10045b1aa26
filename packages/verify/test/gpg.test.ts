import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKeyring, verifyDetached, verifyInRelease } from "../src/index.js";
import { armorBlock, keyringFile, RELEASE, utf8 } from "./material.js";
import { GnupgHome, gpgv, needs } from "./tools.js";

const tools = needs("gpg", "gpgv");

interface Signed {
  readonly inRelease: Uint8Array;
  readonly signature: Uint8Array;
  readonly armored: Uint8Array;
}

describe.skipIf(!tools.met)(`what GnuPG makes${tools.note}`, () => {
  let home: GnupgHome;

  beforeAll(() => {
    home = new GnupgHome();
  });
  afterAll(() => home.close());

  /** Makes a key; returns its user ID, by which gpg finds it. */
  function makeKey(name: string, algorithm: string, options: readonly string[] = []): string {
    const usage = algorithm.startsWith("dsa") ? "sign" : "cert,sign";
    home.run([...options, "--quick-generate-key", name, algorithm, usage, "never"]);
    return name;
  }

  function exported(...names: readonly string[]): Uint8Array {
    return home.run(["--export", ...names.map((name) => `=${name}`)]);
  }

  function sign(names: readonly string[], options: readonly string[] = []): Signed {
    const by = [...options, ...names.flatMap((name) => ["--local-user", `=${name}`])];
    return {
      inRelease: home.run([...by, "--clearsign"], RELEASE),
      signature: home.run([...by, "--detach-sign"], RELEASE),
      armored: home.run([...by, "--armor", "--detach-sign"], RELEASE),
    };
  }

  /** Every form of a signature, by this package and by gpgv. */
  async function judge(ring: Uint8Array, signed: Signed, named = true): Promise<string> {
    const keyring = await readKeyring([{ ...keyringFile(ring), named }]);
    const policy = { now: new Date(), maxFuture: 10_000 };
    const release = utf8(RELEASE);
    const results = await Promise.all(
      [
        verifyInRelease(signed.inRelease, keyring, policy),
        verifyDetached(release, signed.signature, keyring, policy),
        verifyDetached(release, signed.armored, keyring, policy),
      ].map((result) =>
        result.then(
          (text) => (text.text === RELEASE ? "accepted" : "another text"),
          (error) => String(error.code),
        ),
      ),
    );
    expect(new Set(results).size).toBe(1);
    const ours = results[0] ?? "";
    const paths = ["ring.gpg", "Release.gpg", "Release"].map((name) => join(home.path, name));
    const [ringPath = "", signaturePath = "", releasePath = ""] = paths;
    writeFileSync(ringPath, ring);
    writeFileSync(signaturePath, signed.signature);
    writeFileSync(releasePath, RELEASE);
    const theirs = gpgv(ringPath, signaturePath, releasePath);
    const good = theirs.lines.some((line) => line.startsWith("[GNUPG:] GOODSIG"));
    if (!good) expect(ours).not.toBe("accepted");
    return ours;
  }

  it("verifies: an Ed25519 key", async () => {
    const key = makeKey("ed", "ed25519");
    expect(await judge(exported(key), sign([key]))).toBe("accepted");
  });

  it("verifies: an RSA 3072 key with a signing subkey", async () => {
    const key = makeKey("rsa", "rsa3072");
    const list = home.run(["--list-keys", "--with-colons", `=${key}`]).toString();
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(list)?.[1] ?? "";
    home.run(["--quick-add-key", fingerprint, "rsa2048", "sign", "never"]);
    const ring = exported(key);
    expect(await judge(ring, sign([key]))).toBe("accepted");
    const keyring = await readKeyring([keyringFile(ring)]);
    const { inRelease } = sign([key]);
    const text = await verifyInRelease(inRelease, keyring, { now: new Date(), maxFuture: 10_000 });
    expect(text.signatures).toMatchObject([{ fingerprint, algorithm: "rsa2048" }]);
    expect(text.signatures[0]?.keyId).toBe(keyring.keys[0]?.keyIds[1]);
  });

  it("verifies: text mode, two signers of whom one is unknown, dash-escapes", async () => {
    const known = makeKey("known", "ed25519");
    const unknown = makeKey("unknown", "ed25519");
    expect(await judge(exported(known), sign([known], ["--textmode"]))).toBe("accepted");
    expect(await judge(exported(known), sign([unknown, known]))).toBe("accepted");
    expect(await judge(exported(unknown), sign([known]))).toBe("ERR_VERIFY_UNKNOWN_KEY");
    const dashed = "-----BEGIN PGP SIGNATURE-----\n- a\n--b \n\n\n";
    const inRelease = home.run(["--local-user", `=${known}`, "--clearsign"], dashed);
    const keyring = await readKeyring([keyringFile(exported(known))]);
    const text = await verifyInRelease(inRelease, keyring, { now: new Date(), maxFuture: 10_000 });
    expect(text.text).toBe(dashed.replace("b ", "b"));
  });

  it("is refused when weak: DSA, RSA 1024, SHA-1", async () => {
    const dsa = makeKey("dsa", "dsa2048");
    expect(await judge(exported(dsa), sign([dsa]))).toBe("ERR_VERIFY_WEAK_KEY");
    const small = makeKey("small", "rsa1024");
    expect(await judge(exported(small), sign([small]))).toBe("ERR_VERIFY_WEAK_KEY");
    const rsa = makeKey("sha1", "rsa2048");
    const sha1 = sign([rsa], ["--digest-algo", "SHA1"]);
    expect(await judge(exported(rsa), sha1)).toBe("ERR_VERIFY_WEAK_HASH");
  });

  it("is refused on curves that no archive uses, and hinders no good one beside it", async () => {
    const koblitz = makeKey("koblitz", "secp256k1");
    expect(await judge(exported(koblitz), sign([koblitz]))).toBe("ERR_VERIFY_WEAK_KEY");
    const brainpool = makeKey("brainpool", "brainpoolP256r1");
    const one = sign([brainpool]);
    expect(await judge(exported(brainpool), one)).toBe("ERR_VERIFY_UNSUPPORTED_SIGNATURE");
    const good = makeKey("good", "ed25519");
    const both = Buffer.concat([exported(brainpool), exported(good)]);
    expect(await judge(both, sign([brainpool, good]))).toBe("accepted");
  });

  it("is refused when bound by SHA-1, unless its keyring is named", async () => {
    const key = makeKey("old", "rsa2048", ["--cert-digest-algo", "SHA1"]);
    const signed = sign([key]);
    expect(await judge(exported(key), signed)).toBe("accepted");
    expect(await judge(exported(key), signed, false)).toBe("ERR_VERIFY_WEAK_KEY");
  });

  it("is refused when the key or the signature has expired", async () => {
    const then = ["--faked-system-time", "20240101T000000"];
    home.run([
      ...then,
      "--quick-generate-key",
      "expired",
      "ed25519",
      "cert,sign",
      "seconds=999999",
    ]);
    const old = sign(["expired"], then);
    expect(await judge(exported("expired"), old)).toBe("ERR_VERIFY_EXPIRED_KEY");
    makeKey("lasting", "ed25519", then);
    const short = sign(["lasting"], [...then, "--default-sig-expire", "1d"]);
    expect(await judge(exported("lasting"), short)).toBe("ERR_VERIFY_EXPIRED_SIGNATURE");
  });

  it("is refused when the key is revoked by its own certificate", async () => {
    const key = makeKey("revoked", "ed25519");
    const signed = sign([key]);
    expect(await judge(exported(key), signed)).toBe("accepted");
    const list = home.run(["--list-keys", "--with-colons", `=${key}`]).toString();
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(list)?.[1] ?? "";
    const path = join(home.path, "openpgp-revocs.d", `${fingerprint}.rev`);
    const certificate = (await readFile(path, "utf8")).replace(":-----BEGIN", "-----BEGIN");
    home.run(["--import"], certificate);
    expect(await judge(exported(key), signed)).toBe("ERR_VERIFY_REVOKED_KEY");
  });

  it("is read as keyring when armored, and refused as keybox", async () => {
    const key = makeKey("armored", "ed25519");
    const armor = home.run(["--armor", "--export", `=${key}`]);
    const twice = `${armor}${armorBlock(exported("ed"), "PGP PUBLIC KEY BLOCK")}`;
    expect((await readKeyring([keyringFile(armor)])).keys).toHaveLength(1);
    expect((await readKeyring([keyringFile(twice)])).keys).toHaveLength(2);
    const keybox = await readFile(join(home.path, "pubring.kbx"));
    await expect(readKeyring([keyringFile(keybox, "pubring.kbx")])).rejects.toMatchObject({
      code: "ERR_VERIFY_BAD_KEYRING",
      keyrings: ["pubring.kbx"],
      found: "a GnuPG keybox",
    });
  });
});
