import { join, resolve, sep } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safePath } from "../src/index.js";

const UNSAFE = expect.objectContaining({ code: "ERR_SNAPSHOT_UNSAFE_PATH" });

function outcome(path: string): string | undefined {
  try {
    return safePath(path);
  } catch (error) {
    expect(error).toEqual(UNSAFE);
    return undefined;
  }
}

const segment = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "a",
    "...",
    "%2e%2e",
    "~",
    "-",
    "a\0",
    "a\\..",
    "\u0085",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const hostile = fc.oneof(
  fc.array(segment, { maxLength: 8 }).map((segments) => segments.join("/")),
  fc.string({ unit: "binary" }),
);

describe("safePath", () => {
  it("lets no input leave the root", () => {
    fc.assert(
      fc.property(hostile, (path) => {
        const safe = outcome(path);
        if (safe === undefined) return;
        const root = "/srv/root";
        expect(resolve(root, safe).startsWith(root + sep)).toBe(true);
        expect(join(root, safe)).toBe(`${root}/${safe}`);
        expect(safe.split("/")).not.toContain("..");
        expect(safe).not.toMatch(/[\p{Cc}\p{Cs}\\]/u);
      }),
      { numRuns: 2000 },
    );
  });

  it("returns what it would return again", () => {
    fc.assert(
      fc.property(hostile, (path) => {
        const safe = outcome(path);
        if (safe !== undefined) expect(safePath(safe)).toBe(safe);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["pool/main/f/foo_1%3a2+b~c.deb", "pool/main/f/foo_1%3a2+b~c.deb"],
    ["./a", "a"],
    ["a//b/./c", "a/b/c"],
    ["...", "..."],
    ["a/..b", "a/..b"],
    ["ü/日本", "ü/日本"],
  ])("keeps %j as %j", (path, safe) => {
    expect(safePath(path)).toBe(safe);
  });

  it.each([
    "",
    ".",
    "./.",
    "..",
    "../a",
    "a/../b",
    "a/..",
    "/a",
    "//a",
    "a/",
    "a/.",
    "a\0b",
    "a\nb",
    "a\u001b[31m",
    "a\u009fb",
    "a\\b",
    "\ud800",
    "a".repeat(256),
    `${"ü".repeat(128)}/a`,
    `${"a/".repeat(2048)}a`,
    "ü/".repeat(1400),
  ])("refuses %j", (path) => {
    expect(() => safePath(path)).toThrow(UNSAFE);
  });

  it("takes segments of 255 bytes and paths of 4096", () => {
    const path = `${"a".repeat(255)}/`.repeat(15) + "b".repeat(255);
    expect(safePath(`${path}`)).toHaveLength(4095);
    expect(safePath("ü".repeat(127))).toBe("ü".repeat(127));
  });

  it("escapes control characters in its message", () => {
    expect(() => safePath("a\u001b]0;x")).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/\p{Cc}/u) }),
    );
  });
});
