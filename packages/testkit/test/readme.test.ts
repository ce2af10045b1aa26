import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const scratch = join(import.meta.dirname, ".readme");
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("the README", () => {
  it("holds examples that run", async () => {
    const text = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
    const examples = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
    expect(examples.length).toBeGreaterThan(0);
    await mkdir(scratch, { recursive: true });
    for (const [index, example] of examples.entries()) {
      const file = join(scratch, `example-${index}.ts`);
      await writeFile(file, example.replaceAll('"@mirror/testkit"', '"../../src/index.js"'));
      await import(/* @vite-ignore */ file);
    }
  });
});
