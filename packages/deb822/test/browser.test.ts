import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("reads bytes and text where there is no Buffer", async () => {
  vi.resetModules();
  vi.stubGlobal("Buffer", undefined);
  const { parseStanzas, readPackages, readStanzas } = await import("../src/index.js");
  const text = "\ufeffPackage: ä€𝄞\nB: \ufeffx\n y\n\nC: 1\r\n 2\r\n";
  const expected = [
    [
      ["Package", "ä€𝄞"],
      ["B", "\ufeffx\n y"],
    ],
    [["C", "1\n 2"]],
  ];
  expect(parseStanzas(text).map((stanza) => [...stanza.entries()])).toEqual(expected);
  const found: [string, string][][] = [];
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte));
  for await (const stanza of readStanzas(bytes)) found.push([...stanza.entries()]);
  expect(found).toEqual(expected);
  const entry = "Package: a\nVersion: 1\nArchitecture: all\nFilename: p/ö\nSize: 1\n";
  for await (const { filename } of readPackages([entry], { fields: [] })) {
    expect(filename).toBe("p/ö");
  }
});

test("imports nothing but Parsimmon", () => {
  const directory = new URL("../src/", import.meta.url);
  const imports = readdirSync(directory).flatMap((file) =>
    [...readFileSync(new URL(file, directory), "utf8").matchAll(/from "([^"]+)"/g)].map(
      ([, name]) => name,
    ),
  );
  expect(new Set(imports.filter((name) => !name?.startsWith("./")))).toEqual(
    new Set(["parsimmon"]),
  );
});
