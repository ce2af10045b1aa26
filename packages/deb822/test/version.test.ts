import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions, parseVersion, sortVersions } from "../src/index.js";
import { disagreements, versionPairs } from "./long/version-pairs.mjs";

const dpkg = spawnSync("dpkg", ["--version"]).status === 0;

const digits = fc.constantFrom("0", "1", "2", "9", "10", "00", "01", "100");
const glue = fc.constantFrom(".", "+", "~", "a", "Z", "rc", "-", "~~", ".~", "");
const upstream = fc
  .array(fc.tuple(glue, digits), { minLength: 0, maxLength: 4 })
  .map((parts) => `1${parts.map(([a, b]) => a + b).join("")}`);
const version = fc
  .tuple(
    fc.constantFrom("", "", "0:", "1:", "10:"),
    upstream,
    fc.constantFrom("", "-0", "-1", "-1~", "-00", "-a", "-1.1", "-~"),
  )
  .map((parts) => parts.join(""));

describe("compareVersions", () => {
  test("is an order", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("has a place for text that is no version", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["1.0", "1.00", 0],
    ["1.0", "1.0-0", 0],
    ["0:1", "1", 0],
    ["1.0~rc1", "1.0", -1],
    ["1.0~~", "1.0~", -1],
    ["1.0a", "1.0+", -1],
    ["1.10", "1.9", 1],
    ["1:0", "9", 1],
    ["10:1", "9:1", 1],
    ["1-1-1", "1-1", 1],
    ["99999999999999999999", "99999999999999999998", 1],
  ])("compares %s with %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  test.skipIf(!dpkg && process.env.CI === undefined)(
    dpkg ? "agrees with dpkg" : "agrees with dpkg (skipped: needs dpkg)",
    () => {
      expect(disagreements(versionPairs(1500, 822), compareVersions)).toEqual([]);
      expect(disagreements([["1", "2"]], () => 1)).toEqual(["1 gt 2"]);
    },
    30_000,
  );
});

test("sortVersions gives the oldest first and leaves its argument alone", () => {
  const versions = ["1.10", "1.9", "1:0", "1.9~rc1"];
  expect(sortVersions(versions)).toEqual(["1.9~rc1", "1.9", "1.10", "1:0"]);
  expect(versions[0]).toBe("1.10");
});

describe("parseVersion", () => {
  test.each([
    ["1.0", { epoch: 0, upstream: "1.0" }],
    ["2:1.0-1", { epoch: 2, upstream: "1.0", revision: "1" }],
    ["1.0-rc1-2~bpo+1", { epoch: 0, upstream: "1.0-rc1", revision: "2~bpo+1" }],
    ["1:2:3-4", { epoch: 1, upstream: "2:3", revision: "4" }],
    ["1--1", { epoch: 0, upstream: "1-", revision: "1" }],
  ])("takes %s apart", (text, parts) => {
    expect(parseVersion(text)).toEqual(parts);
  });

  test.each(["", ":1", "1:", "1-", "-1", "a:1", "1 2", "1_2", "9999999999:1", "1\n", "1-1é"])(
    "refuses %j",
    (text) => {
      expect(() => parseVersion(text)).toThrow(
        expect.objectContaining({ code: "ERR_DEB822_BAD_VERSION" }),
      );
    },
  );
});
