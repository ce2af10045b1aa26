import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatGoTime } from "../src/index.js";

const golden = new URL("golden/go-time.json", import.meta.url);
const vectors: Record<string, Record<string, string>> = JSON.parse(readFileSync(golden, "utf8"));

describe("formatGoTime", () => {
  test("writes what Go writes", () => {
    const cases = Object.entries(vectors).flatMap(([layout, texts]) =>
      Object.entries(texts).map(([ms, text]) => ({ layout, ms, text })),
    );
    expect(cases.length).toBeGreaterThan(2000);
    const ours = cases.map(({ layout, ms }) => ({
      layout,
      ms,
      text: formatGoTime(layout, new Date(Number(ms))),
    }));
    expect(ours).toEqual(cases);
  });

  test("writes ISO 8601 as every Date does", () => {
    const from = Date.parse("0000-01-01T00:00:00Z");
    const date = fc.date({ noInvalidDate: true, min: new Date(from), max: new Date("9999-12-31") });
    fc.assert(
      fc.property(date, (time) => {
        expect(formatGoTime("2006-01-02T15:04:05.000Z", time)).toBe(time.toISOString());
      }),
    );
  });

  test("knows the first and last instants that a Date can hold", () => {
    expect(formatGoTime("2006 002", new Date(-8.64e15))).toBe("-271821 110");
    expect(formatGoTime("2006 __2", new Date(8.64e15))).toBe("275760 257");
  });

  test("leaves what is no part of the reference time as it is", () => {
    const literal = fc.string({ unit: fc.constantFrom(...'abcdxyzABCXYT789+:/ é{}"') });
    fc.assert(
      fc.property(literal, (text) => {
        expect(formatGoTime(text, new Date())).toBe(text);
      }),
    );
  });

  test("calls a date that is none a programmer's mistake", () => {
    expect(() => formatGoTime("2006", new Date(Number.NaN))).toThrow(TypeError);
  });
});
