import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, parseDuration } from "../src/index.js";
import { errorOf } from "./given.js";

const MS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

describe("parseDuration", () => {
  test.each([
    ["30d", 30 * MS.d],
    ["4w", 4 * MS.w],
    ["168h", 168 * MS.h],
    ["2h30m", 2 * MS.h + 30 * MS.m],
    ["1d12h", 1.5 * MS.d],
    ["10s", 10_000],
    ["0s", 0],
    ["1w2d3h4m5s", MS.w + 2 * MS.d + 3 * MS.h + 4 * MS.m + 5 * MS.s],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    " ",
    "-1d",
    "+1d",
    "1.5d",
    "90",
    "1 d",
    " 1d",
    "1d ",
    "1d\n",
    "1h30",
    "30m2h",
    "1d1d",
    "1D",
    "1ms",
    "1y",
    "1month",
    "1e3s",
    "d",
    "1,000s",
    "1_000s",
    "١d",
    "9999999999s",
    "999999999w",
    "36526d",
  ])("refuses %j", (text) => {
    expect(errorOf(() => parseDuration(text)).code).toBe("ERR_CONFIG_BAD_DURATION");
  });

  test("takes a hundred years and no more", () => {
    expect(parseDuration("36525d")).toBe(36_525 * MS.d);
    expect(() => parseDuration("36525d1s")).toThrow(ConfigError);
  });

  test("calls anything but a string a programmer's mistake", () => {
    expect(() => parseDuration(10 as unknown as string)).toThrow(TypeError);
  });

  test("adds up whole units in falling order", () => {
    const amount = fc.option(fc.nat(500), { nil: undefined });
    fc.assert(
      fc.property(fc.tuple(amount, amount, amount, amount, amount), (amounts) => {
        fc.pre(amounts.some((one) => one !== undefined));
        const units = Object.entries(MS);
        const text = amounts
          .map((n, i) => (n === undefined ? "" : `${n}${units[i]?.[0]}`))
          .join("");
        const ms = amounts.reduce<number>((sum, n, i) => sum + (n ?? 0) * (units[i]?.[1] ?? 0), 0);
        expect(parseDuration(text)).toBe(ms);
      }),
    );
  });

  test("refuses every text outside its grammar with its own error", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789wdhms.- ") }), (text) => {
        fc.pre(!/^(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?$/.test(text));
        expect(errorOf(() => parseDuration(text)).code).toBe("ERR_CONFIG_BAD_DURATION");
      }),
    );
  });
});
