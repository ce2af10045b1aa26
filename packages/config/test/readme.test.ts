import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "../src/index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? "");
const directory = fileURLToPath(new URL(".readme/", import.meta.url));

beforeAll(() => {
  mkdirSync(directory, { recursive: true });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the README", () => {
  test("has examples", () => {
    expect(examples.length).toBeGreaterThan(3);
  });

  test.each(examples.map((code, index) => [index + 1, code] as const))(
    "runs as it says: example %i",
    async (index, code) => {
      const path = `${directory}example-${index}.ts`;
      writeFileSync(path, code.replaceAll('"@mirror/config"', '"../../src/index.ts"'));
      await import(path);
    },
  );

  test("names every export and every error code", () => {
    const index = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8");
    const exported = [...index.matchAll(/\b(?:type )?([A-Za-z]+)(?=[,\s]*[},])/g)].map(
      ([, name]) => name ?? "",
    );
    expect(exported).toEqual(expect.arrayContaining([...Object.keys(api), "ConfigProblemCode"]));
    const error = readFileSync(new URL("../src/error.ts", import.meta.url), "utf8");
    const codes = [...new Set(error.match(/ERR_CONFIG_[A-Z0-9_]+/g))];
    expect(codes.length).toBeGreaterThan(20);
    for (const name of [...exported, ...codes]) expect(readme).toContain(`${name}`);
  });
});
