import { writeFile } from "node:fs/promises";
import { createKey, keyringOf, revokeKey, type TestKey } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { remarksOnKeyring } from "../src/commands/check/keyring-remarks.js";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

const DAY = 86_400_000;
const now = new Date();

function ends(days: number) {
  const created = new Date(now.getTime() - 100 * DAY);
  return createKey({ created, expiresIn: (100 + days) * 86_400 });
}

/** The warnings of `check config` for one mirror with these keys. */
async function warnings(keys: readonly TestKey[], lines = ""): Promise<string[]> {
  const upstream = await openUpstream();
  await writeFile(upstream.keyring, keyringOf(keys));
  await upstream.configure({ demo: lines });
  const { status, stderr } = await mirrorctl(["check", "config", "-c", upstream.config], {
    now: () => now,
  });
  expect(status).toBe(0);
  return stderr.split("\n").filter((line) => line.startsWith("WARN"));
}

describe("check config on keys", () => {
  test("warns of one that expires within 30 days, naming key, owner, file and date", async () => {
    const [soon, late, never] = await Promise.all([ends(29), ends(31), createKey()]);
    const found = await warnings([soon, late, never]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(soon.fingerprint);
    expect(found[0]).toContain("(Test Archive <archive@example.org>)");
    expect(found[0]).toContain("keyring.asc");
    expect(found[0]).toContain(`expires ${soon.expires?.toISOString().slice(0, 19)}Z`);
    expect(await warnings([soon, soon, late])).toHaveLength(1);
  });

  test("warns of a signing subkey that expires first, if the repository may sign with it", () => {
    const at = (days: number) => new Date(now.getTime() + days * DAY);
    const ids = ["11", "22", "33"].map((pair) => pair.repeat(8));
    const remarks = (expires: Date | undefined, ...ends: readonly (Date | undefined)[]) => {
      const key = {
        fingerprint: `${"A".repeat(24)}${ids[0]}`,
        keyIds: ids,
        userIds: ["Archive"],
        created: at(-100),
        ...(expires === undefined ? {} : { expires }),
        revoked: false,
        signers: ends.map((end, i) => ({
          keyId: ids[i] ?? "",
          ...(end === undefined ? {} : { expires: end }),
        })),
        file: "archive.gpg",
      };
      return remarksOnKeyring({ files: ["archive.gpg"], keys: [key], skipped: [] }, [], now);
    };
    expect(remarks(undefined, undefined, at(9))).toEqual([
      expect.stringContaining(`signing subkey ${ids[1]} of key ${"A".repeat(24)}${ids[0]} (Arch`),
    ]);
    expect(remarks(at(9), at(9), at(99))[0]).toMatch(/^key .* in archive\.gpg expires/);
    expect(remarks(undefined, undefined, at(9), at(99))).toEqual([]);
    expect(remarks(undefined, undefined, at(-9))).toEqual([]);
    expect(remarks(at(99), at(99), at(-9))).toEqual([]);
    expect(remarks(undefined)[0]).toContain("may not sign");
  });

  test("passes over expired and revoked ones beside one that can be used", async () => {
    const [expired, revoked, never] = await Promise.all([
      ends(-1),
      createKey().then((key) => revokeKey(key)),
      createKey(),
    ]);
    expect(await warnings([expired, revoked, never])).toEqual([]);
  });

  test("names each expired and revoked one when none is left", async () => {
    const [expired, revoked] = await Promise.all([
      ends(-1),
      createKey().then((key) => revokeKey(key)),
    ]);
    const found = await warnings([expired, revoked]);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(new RegExp(`${expired.fingerprint}.* expired \\d{4}-.*no other key`));
    expect(found[1]).toMatch(new RegExp(`${revoked.fingerprint}.* is revoked, .*no other key`));
  });

  test("judges the keys that pgp_fingerprints names, and says which are not there", async () => {
    const [soon, never] = await Promise.all([ends(3), createKey()]);
    const only = (...keys: readonly string[]) => `pgp_fingerprints = ${JSON.stringify(keys)}`;
    expect(await warnings([soon, never], only(never.fingerprint))).toEqual([]);
    expect(await warnings([soon, never], only(soon.fingerprint))).toHaveLength(1);
    const absent = "F".repeat(40);
    const found = await warnings([never], only(never.fingerprint, absent));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(absent);
  });
});
