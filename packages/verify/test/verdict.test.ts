import { expect, test } from "vitest";
import { VerifyError } from "../src/index.js";
import type { Judgement } from "../src/judgement.js";
import type { Keyring } from "../src/keyring.js";
import { weigh } from "../src/verdict.js";

const unknown: Judgement = { fault: { reason: "unknown-key", detail: "fingerprint AB" } };

function refusal(files: readonly string[]): VerifyError {
  try {
    weigh("dists/x/InRelease", [unknown], { files } as Keyring);
  } catch (error) {
    if (error instanceof VerifyError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("a refusal names a few keyrings, and of many how many and where they are", () => {
  expect(refusal([]).message).toMatch(/keyrings asked: none$/);
  expect(refusal(["/a/b.gpg", "c.asc"]).message).toMatch(/: \/a\/b\.gpg, c\.asc$/);
  const system = Array.from({ length: 10 }, (_, index) => `/etc/apt/trusted.gpg.d/${index}.gpg`);
  const files = [...system, "/usr/share/keyrings/debian-archive-keyring.gpg"];
  const { message, keyrings } = refusal(files);
  expect(message).toMatch(/: 11 of \/etc\/apt\/trusted\.gpg\.d, \/usr\/share\/keyrings$/);
  expect(keyrings).toEqual(files);
  expect(refusal(["a", "b", "c", "d"]).message).toMatch(/: 4$/);
});
