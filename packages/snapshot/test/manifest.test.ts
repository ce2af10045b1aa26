import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Collection, ManifestFile, SealedTree } from "../src/index.js";
import { openStore } from "../src/index.js";
import { readManifestFiles, readManifestHeader, writeManifest } from "../src/manifest.js";
import { CREATED, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let collection: Collection;
beforeAll(async () => {
  dir = await temporaryDirectory();
  collection = openStore({ dir: dir.path }).collection("site");
  collection.prepare();
});
afterAll(() => dir.remove());

const BAD = expect.objectContaining({ code: "ERR_SNAPSHOT_BAD_MANIFEST" });
const NEWER = expect.objectContaining({ code: "ERR_SNAPSHOT_NEWER_FORMAT" });

const file: fc.Arbitrary<ManifestFile> = fc.record({
  path: fc
    .array(
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
        .filter((name) => !/[\p{Cc}\p{Cs}\\/]/u.test(name) && !/^\.{1,2}$/.test(name)),
      { minLength: 1, maxLength: 4 },
    )
    .map((segments) => segments.join("/")),
  size: fc.nat(),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  mtime: fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
});

describe("a manifest", () => {
  it("reads back as it was written, ordered by path", () => {
    const path = `${dir.path}/round-trip`;
    fc.assert(
      fc.property(
        fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 20 }),
        fc.jsonValue(),
        (files, facts) => {
          writeManifest(path, { created: CREATED, facts, files });
          const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
          expect([...readManifestFiles(path)]).toEqual(sorted);
          const wanted = new Set(files.slice(0, 3).map(({ sha256 }) => sha256));
          expect([...readManifestFiles(path, wanted)]).toEqual(
            sorted.filter(({ sha256 }) => wanted.has(sha256)),
          );
          expect(readManifestHeader(path)).toEqual({
            format: 1,
            created: CREATED.toISOString(),
            files: files.length,
            bytes: files.reduce((sum, { size }) => sum + size, 0),
            facts: JSON.parse(JSON.stringify(facts)),
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is known to be cut, wherever it was cut", async () => {
    const tree = await plant(collection, "cut");
    const whole = readFileSync(tree.manifestPath);
    for (let length = whole.length - 1; length >= 0; length -= 1) {
      truncateSync(tree.manifestPath, length);
      expect(() => [...tree.files()]).toThrow(BAD);
      expect(() => [...tree.files(new Set())]).toThrow(BAD);
    }
  });

  it("is known to be damaged, whatever byte was flipped", async () => {
    const tree = await plant(collection, "flipped");
    const whole = readFileSync(tree.manifestPath);
    for (let at = 0; at < whole.length; at += 1) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(tree.manifestPath, bytes);
      expect(() => [...tree.files()]).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^ERR_SNAPSHOT_(BAD_MANIFEST|NEWER_FORMAT)$/),
        }),
      );
    }
  });

  it("refuses more after its end, unsafe paths and wrong order", async () => {
    const tree = await plant(collection, "odd", { a: "1", b: "2" });
    const [header, a, b, end] = readFileSync(tree.manifestPath, "utf8").split("\n");
    const attempt = (...lines: readonly (string | undefined)[]) => {
      writeFileSync(tree.manifestPath, `${lines.join("\n")}\n`);
      return () => [...tree.files()];
    };
    expect(attempt(header, a, b, end)).not.toThrow();
    expect(attempt(header, a, b, end, a)).toThrow(BAD);
    expect(attempt(header, b, a, end)).toThrow(BAD);
    expect(attempt(header, a, a, b, end)).toThrow(BAD);
    expect(attempt(header, a?.replace('"a"', '"../a"'), b, end)).toThrow(BAD);
    expect(attempt(header, a?.replace('"a"', '"./a"'), b, end)).toThrow(BAD);
    expect(attempt(header, end)).toThrow(BAD);
  });

  it("of a newer format is refused by name", async () => {
    const tree = await plant(collection, "newer");
    writeFileSync(tree.manifestPath, '{"format":2,"all":"else"}\n');
    expect(() => tree.header()).toThrow(NEWER);
    expect(() => [...tree.files()]).toThrow(NEWER);
  });

  it("gives its header although all behind it is gone", async () => {
    const tree = await plant(collection, "header");
    const text = readFileSync(tree.manifestPath, "utf8");
    writeFileSync(tree.manifestPath, `${text.slice(0, text.indexOf("\n"))}\n\0garbage`);
    expect(tree.header()).toMatchObject({ files: 2, facts: { generation: "header" } });
  });

  it("holds no absolute path", async () => {
    const tree: SealedTree = await plant(collection, "relative");
    expect(readFileSync(tree.manifestPath, "utf8")).not.toContain(dir.path);
  });

  it("may be read in part", async () => {
    const tree = await plant(collection, "part");
    for (const { path } of tree.files()) {
      expect(path).toBe("css/site.css");
      break;
    }
    expect([...tree.files()].map(({ path }) => path)).toEqual(["css/site.css", "index.html"]);
  });
});
