import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
const directory = join(import.meta.dirname, ".readme");

describe("the README", () => {
  beforeAll(() => mkdirSync(directory, { recursive: true }));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(2);
  });

  it.each(examples.map((text, index) => ({ number: index + 1, text })))(
    "example $number runs",
    async ({ number, text }) => {
      const path = join(directory, `example-${number}.ts`);
      writeFileSync(path, text.replaceAll('"@mirror/snapshot"', '"../../src/index.js"'));
      await import(pathToFileURL(path).href);
    },
  );

  it("names every export and every error code", async () => {
    const index = readFileSync(join(root, "src/index.ts"), "utf8");
    const names = [...index.matchAll(/\b[A-Za-z]+(?=,| \}|\n)/g)].map(([name]) => name);
    expect(names).toContain("openStore");
    const codes = readFileSync(join(root, "src/error.ts"), "utf8").match(/ERR_SNAPSHOT_[A-Z_]+/g);
    const missing = [...names, ...(codes ?? [])].filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(readme),
    );
    expect(missing.filter((name) => !["type", "export"].includes(name))).toEqual([]);
  });
});
