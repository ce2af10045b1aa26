import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { splitClearsigned } from "../src/clearsign.js";
import { armorSignature, readKeyring, verifyInRelease } from "../src/index.js";
import { gpgv, needs, scratch } from "./tools.js";

const ARCHIVE = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LISTS = "/var/lib/apt/lists";

function findInReleases(): readonly string[] {
  if (!existsSync(LISTS)) return [];
  return readdirSync(LISTS).filter((name) => /debian.*_InRelease$/.test(name));
}

const files = findInReleases();
const ci = process.env.CI !== undefined;
const present = existsSync(ARCHIVE) && files.length > 0;
const note = present || ci ? "" : " (skipped: needs debian-archive-keyring and apt-get update)";
const tool = needs("gpgv");

describe.skipIf(!present && !ci)(`Debian's own archive${note}`, () => {
  it("has a keyring of which every key can be read", async () => {
    const file = { name: ARCHIVE, bytes: readFileSync(ARCHIVE), named: false };
    const keyring = await readKeyring([file]);
    expect(keyring.keys.length).toBeGreaterThan(2);
    expect(keyring.skipped).toEqual([]);
  });

  it.skipIf(!tool.met)(`verifies, signature by signature as gpgv says${tool.note}`, async () => {
    expect(files).not.toEqual([]);
    const keyring = await readKeyring([
      { name: ARCHIVE, bytes: readFileSync(ARCHIVE), named: false },
    ]);
    const directory = scratch();
    for (const name of files) {
      const bytes = readFileSync(join(LISTS, name));
      const text = await verifyInRelease(bytes, keyring, { now: new Date(), maxFuture: 10_000 });
      const { signature } = splitClearsigned(bytes, "InRelease");
      const [signaturePath, textPath] = [join(directory.path, "s"), join(directory.path, "t")];
      writeFileSync(signaturePath, armorSignature(signature));
      // A cleartext signature leaves out the line end before its BEGIN line.
      writeFileSync(textPath, text.text.slice(0, -1));
      const { lines } = gpgv(ARCHIVE, signaturePath, textPath);
      const good = lines.flatMap(
        (line) => /^\[GNUPG:\] GOODSIG ([0-9A-F]{16})/.exec(line)?.[1] ?? [],
      );
      expect(text.signatures.map((one) => one.keyId)).toEqual(good);
      expect(good.length).toBeGreaterThan(0);
    }
    directory.remove();
  });
});
