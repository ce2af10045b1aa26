import { describe, expect, it } from "vitest";
import { readKeyring, VerifyError, verifyDetached, verifyInRelease } from "../src/index.js";
import type { Case } from "./case.js";
import { makeCases } from "./cases.js";
import { keyringFile, POLICY } from "./material.js";

const cases = await makeCases();

async function outcome(one: Case): Promise<string> {
  try {
    const keyring = await readKeyring([keyringFile(one.keyring)]);
    if (one.inRelease !== undefined) await verifyInRelease(one.inRelease, keyring, POLICY);
    else if (one.release !== undefined && one.signature !== undefined) {
      await verifyDetached(one.release, one.signature, keyring, POLICY);
    }
    return "accepted";
  } catch (error) {
    if (error instanceof VerifyError) return error.code;
    throw error;
  }
}

describe("verifying", () => {
  for (const one of cases) {
    const verb = one.expect === "accepted" ? "accepts" : "refuses";
    it(`${verb} ${one.name}`, async () => {
      expect(await outcome(one)).toBe(one.expect);
    });
  }
});
