import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { armorSignature, readKeyring, verifyDetached } from "../src/index.js";
import {
  armorBlock,
  createKey,
  keyringFile,
  POLICY,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";

const key = await createKey();
const release = utf8(RELEASE);
const signature = await signBytes(release, key);

describe("armoring a signature", () => {
  it("keeps the packets: the armored one verifies as the binary one did", async () => {
    const keyring = await readKeyring([keyringFile(publicBytes(key))]);
    const armored = armorSignature(signature);
    expect(Buffer.from(armored).toString()).toMatch(/^-----BEGIN PGP SIGNATURE-----\n\n/);
    for (const one of [signature, armored]) {
      expect((await verifyDetached(release, one, keyring, POLICY)).text).toBe(RELEASE);
    }
  });

  it("leaves an armored one as it is", () => {
    const armored = utf8(armorBlock(signature));
    expect(armorSignature(armored)).toBe(armored);
    const ours = armorSignature(signature);
    expect(armorSignature(ours)).toBe(ours);
  });

  it("refuses what is no signature", () => {
    const code = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
    for (const bytes of [
      publicBytes(key),
      utf8("<html>"),
      new Uint8Array(),
      new Uint8Array([0x88, 9]),
    ]) {
      expect(() => armorSignature(bytes)).toThrow(expect.objectContaining({ code }));
    }
  });

  it("ends every other input with a VerifyError", () => {
    const armored = Buffer.from(armorSignature(signature));
    fc.assert(
      fc.property(fc.nat(armored.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(armored);
        changed[at] = byte;
        try {
          armorSignature(changed);
        } catch (error) {
          expect(error).toMatchObject({ name: "VerifyError" });
        }
      }),
    );
  });
});
