import { parseDiffIndex } from "@mirror/deb822";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planImages } from "../src/image-list.js";
import { planPatches } from "../src/plan-patches.js";

const DIRECTORY = "dists/s/main/x/";
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.oneof(
  fc.constantFrom("a", "./a", "../a", "/a", "a/../../b", "a//b", "Index", "by-hash", "Release"),
  fc.string({
    unit: fc.constantFrom(".", "/", "a", "\\", "~", "\u0000", "é", "%2e"),
    maxLength: 8,
  }),
);

function expectBelow(path: string): void {
  expect(path.startsWith(DIRECTORY)).toBe(true);
  const segments = path.slice(DIRECTORY.length).split("/");
  for (const bad of ["", ".", ".."]) expect(segments).not.toContain(bad);
}

describe("a list that is read of the installer's images", () => {
  it("names nothing outside its own directory, or is left out", () => {
    const line = fc.tuple(digest, name).map(([sha256, path]) => `${sha256}  ${path}\n`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 5 }), (lines) => {
        const plan = planImages("s", DIRECTORY, lines.join(""));
        if ("leftOut" in plan) expect(plan.leftOut.length).toBeLessThan(2000);
        else for (const { path } of plan.images) expectBelow(path);
      }),
    );
  });

  it("is read as sha256sum writes it, in text and binary mode", () => {
    const sha256 = "AB".repeat(32);
    const plan = planImages("s", DIRECTORY, `${sha256}  ./a/b c\n${sha256} *d\n`);
    expect(plan).toEqual({
      images: ["a/b c", "d"].map((path) => ({
        path: DIRECTORY + path,
        sha256: sha256.toLowerCase(),
      })),
    });
  });
});

describe("a list that is read of patches", () => {
  it("names files of its own directory alone, each with both its digests, or is left out", () => {
    const patch = fc.record({ name, sha256: digest, size: fc.nat() });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 4 }), digest, (patches, sha256) => {
        const stanza = parseDiffIndex(`SHA256-Current: ${sha256} 1\n`).stanza;
        const downloads = patches.map((one) => ({ ...one, name: `${one.name}.gz` }));
        const index = { current: { sha256, size: 1 }, history: [], patches, downloads, stanza };
        const plan = planPatches("s", DIRECTORY, index);
        if ("leftOut" in plan) return;
        expect(plan.patches).toHaveLength(patches.length);
        for (const { plain, variants } of plan.patches) {
          expect(plain?.sha256).toBeDefined();
          for (const { path } of variants) {
            expectBelow(path);
            expect(path.slice(DIRECTORY.length)).not.toContain("/");
            expect(path).not.toBe(`${DIRECTORY}Index.gz`);
          }
        }
      }),
    );
  });
});
