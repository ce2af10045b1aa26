import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as api from "../src/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = join(root, "test", ".readme");
const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

beforeAll(() => mkdirSync(scratch, { recursive: true }));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the README", () => {
  it("has examples", () => {
    expect(examples.length).toBeGreaterThan(3);
  });

  it.each(examples.map((code, n) => [n + 1, code] as const))("example %d runs", async (n, code) => {
    const path = join(scratch, `example-${n}.mjs`);
    writeFileSync(path, code.replaceAll('"@mirror/fetch"', '"../../dist/index.js"'));
    await promisify(execFile)(process.execPath, [path]);
  });

  it("names every export and every error code", () => {
    for (const name of Object.keys(api)) {
      expect(readme).toContain(`\`${name}`);
    }
    const source = readFileSync(join(root, "src", "error.ts"), "utf8");
    for (const code of new Set(source.match(/ERR_FETCH_[A-Z_]+[A-Z]/g))) {
      expect(readme).toContain(`| \`${code}\` |`);
    }
  });
});
