import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDate } from "../src/index.js";

describe("parseDate", () => {
  test.each([
    ["Sat, 11 Jul 2026 10:16:37 UTC", "2026-07-11T10:16:37Z"],
    ["Sat, 1 Aug 2026 01:02:03 UTC", "2026-08-01T01:02:03Z"],
    ["Sat, 01 Aug 2026 1:02:03 GMT", "2026-08-01T01:02:03Z"],
    ["11 Jul 2026 10:16:37 Z", "2026-07-11T10:16:37Z"],
    ["Sat, 11 Jul 2026 10:16:37 +0000", "2026-07-11T10:16:37Z"],
    ["Sat, 11 Jul 2026 10:16:37 +0230", "2026-07-11T07:46:37Z"],
    ["Sat, 11 Jul 2026 22:16:37 -0230", "2026-07-12T00:46:37Z"],
    ["Sat, 11 Jul 2026 10:16 +0000 (UTC)", "2026-07-11T10:16:00Z"],
    ["Saturday, 11-Jul-26 10:16:37 GMT", "2026-07-11T10:16:37Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
    ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"],
    ["Sat Jul 11 10:16:37 UTC 2026", "2026-07-11T10:16:37Z"],
    ["2026-07-11T10:16:37Z", "2026-07-11T10:16:37Z"],
    ["2026-07-11 10:16:37.123 +02:00", "2026-07-11T08:16:37Z"],
    ["Tue, 29 Feb 2028 00:00:00 UTC", "2028-02-29T00:00:00Z"],
    ["Sat, 31 Dec 2016 23:59:60 UTC", "2017-01-01T00:00:00Z"],
    [" Fri, 01 Jan 0099 00:00:00 UTC ", "0099-01-01T00:00:00Z"],
  ])("reads %j", (text, expected) => {
    expect(parseDate(text)).toEqual(new Date(expected));
  });

  test.each([
    "",
    "now",
    "Sat, 11 Jul 2026",
    "Sat, 11 Jul 2026 10:16:37",
    "Sat, 11 Jul 2026 10:16:37 EST",
    "Sat, 11 Jul 2026 24:16:37 UTC",
    "Sat, 11 Jul 2026 10:60:37 UTC",
    "Sat, 11 Jul 2026 10:16:61 UTC",
    "Sat, 31 Jun 2026 10:16:37 UTC",
    "Sun, 29 Feb 2026 10:16:37 UTC",
    "Sat, 0 Jul 2026 10:16:37 UTC",
    "Sat, 11 Foo 2026 10:16:37 UTC",
    "Sat, 11 Jul 2026 10:16:37 UTC UTC",
    "2026-13-11T10:16:37Z",
    "1752229000",
    "__proto__",
  ])("knows that %j is no date", (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  test("reads back every second that toUTCString writes", () => {
    const seconds = fc.integer({ min: 0, max: 253402300799 });
    fc.assert(
      fc.property(seconds, (second) => {
        const date = new Date(second * 1000);
        expect(parseDate(date.toUTCString())).toEqual(date);
        expect(parseDate(date.toISOString())).toEqual(date);
      }),
    );
  });
});
