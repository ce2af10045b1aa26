import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as openpgp from "openpgp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clearsign, createKey, publicBytes, RELEASE, signBytes, utf8 } from "./material.js";

const directory = fileURLToPath(new URL(".readme/", import.meta.url));
const built = new URL("../dist/index.js", import.meta.url).href;
const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");

describe("the README", () => {
  beforeAll(async () => {
    await mkdir(directory, { recursive: true });
    const key = await createKey();
    await writeFile(join(directory, "archive-keyring.gpg"), publicBytes(key));
    await writeFile(join(directory, "InRelease"), await clearsign(RELEASE, key));
    await writeFile(join(directory, "Release"), RELEASE);
    await writeFile(join(directory, "Release.gpg"), await signBytes(utf8(RELEASE), key));
    const passphrase = "a passphrase";
    const locked = await openpgp.encryptKey({ privateKey: key, passphrase });
    await writeFile(join(directory, "mirror.key"), locked.armor());
    await writeFile(join(directory, "passphrase"), `${passphrase}\n`);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(2);
  });

  for (const [i, example] of examples.entries()) {
    it(`has an example ${i + 1} that runs`, async () => {
      const path = join(directory, `example-${i}.mjs`);
      await writeFile(path, example.replaceAll('"@mirror/verify"', JSON.stringify(built)));
      await promisify(execFile)(process.execPath, [path], { cwd: directory });
    });
  }

  it("names every export and every error code", async () => {
    const index = await readFile(new URL("../src/index.ts", import.meta.url), "utf8");
    const names = [...index.matchAll(/\b(?:type )?(\w+),?(?= [},]|\n|,)/g)].map(
      (match) => match[1],
    );
    const errors = await readFile(new URL("../src/error.ts", import.meta.url), "utf8");
    const codes = [...errors.matchAll(/"(ERR_VERIFY_\w+)"/g)].map((match) => match[1]);
    expect(names).toContain("verifyInRelease");
    for (const name of [...names, ...codes]) expect(readme).toContain(name);
  });
});
