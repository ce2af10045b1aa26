import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createKey, createRepository, serve } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Below the package, where its dependencies are found.
const place = fileURLToPath(new URL(".readme/", import.meta.url));
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const readme = read("../README.md");

describe("the README", () => {
  beforeAll(() => mkdirSync(place, { recursive: true }));
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it("shows a sync that runs, and a tree that is judged", async () => {
    const key = await createKey();
    const packages = [{ package: "hello", version: "1.0" }];
    const suites = [{ suite: "bookworm-updates", packages }];
    const repository = await createRepository(join(place, "upstream"), { key, suites });
    const server = await serve(repository.directory);
    writeFileSync(join(place, "archive.gpg"), key.binaryPublic);
    const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    const run = async (example: string | undefined) => {
      if (example === undefined) throw new Error("no example");
      const here = example
        .replace("https://deb.debian.org/debian/", server.url)
        .replace("/var/www/apt", join(place, "store"))
        .replace(
          '"@mirror/sync"',
          JSON.stringify(new URL("../dist/index.js", import.meta.url).href),
        );
      writeFileSync(join(place, "example.mjs"), here);
      return promisify(execFile)(process.execPath, ["example.mjs"], { cwd: place });
    };
    try {
      expect((await run(examples[0])).stdout).toMatch(/^changed 1 [1-9]\d*\n$/);
      const { stdout, stderr } = await run(examples[1]);
      expect(stderr).toBe("");
      expect(stdout).toBe("bookworm-updates main amd64 0 upgraded\nfit for production\n");
    } finally {
      await server.close();
    }
  });

  it("names every export and every code", () => {
    const exported = [...read("../src/index.ts").matchAll(/\{([^}]*)\}/g)].flatMap(
      ([, list = ""]) => list.split(",").map((name) => name.replace("type", "").trim()),
    );
    const codes = ["../src/error.ts", "../src/events.ts", "../src/verification.ts"].flatMap(
      (path) => [...read(path).matchAll(/"((?:ERR|WARN)_SYNC_\w+)"/g)].map(([, code = ""]) => code),
    );
    expect(codes.length).toBeGreaterThan(20);
    for (const name of [...exported, ...codes]) {
      if (name !== "") expect(readme).toContain(name);
    }
  });
});
