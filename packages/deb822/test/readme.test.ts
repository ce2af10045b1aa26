import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import * as library from "../src/index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const directory = new URL(`.readme/${process.pid}/`, import.meta.url);
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("README", () => {
  test.each(examples.map((code, index) => [index + 1, code] as const))(
    "example %i runs",
    async (number, code) => {
      mkdirSync(directory, { recursive: true });
      const file = new URL(`example-${number}.ts`, directory);
      writeFileSync(file, code.replace('"@mirror/deb822"', '"../../../src/index.js"'));
      await import(/* @vite-ignore */ file.pathname);
    },
  );

  test("has examples, every export and every error code", () => {
    expect(examples.length).toBeGreaterThan(5);
    const index = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8");
    const exported = [...index.matchAll(/\b(?:type )?([A-Za-z0-9]+)(?=[,\s]*[,}])/g)];
    const names = new Set([...Object.keys(library), ...exported.map(([, name = ""]) => name)]);
    expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))).toEqual([]);
    const error = readFileSync(new URL("../src/error.ts", import.meta.url), "utf8");
    const codes = error.match(/ERR_DEB822_[A-Z_]+/g) ?? [];
    expect(codes.filter((code) => !readme.includes(`\`${code}\``))).toEqual([]);
  });
});
