import { describe, expect, test } from "vitest";
import { type Held, judgeFlatness } from "./flatness.js";

const ALLOWED: Held = { rss: 100, heap: 10, descriptors: 0, threads: 0, exits: 0 };
const BASE: Held = { rss: 1000, heap: 100, descriptors: 20, threads: 11, exits: 0 };
const runs = (of: (run: number) => Partial<Held>) =>
  Array.from({ length: 300 }, (_, run) => ({ ...BASE, ...of(run) }));
const grown = (of: (run: number) => Partial<Held>) =>
  judgeFlatness(runs(of), ALLOWED).violations.map((line) => line.split(":")[0]);

describe("a process is flat", () => {
  test("that settles first, and now and then holds more for a moment", () => {
    expect(grown((run) => ({ heap: 100 + Math.min(run, 60) }))).toEqual([]);
    expect(grown((run) => ({ rss: run % 7 === 0 ? 5000 : 1000 }))).toEqual([]);
  });
});

describe("a process is not", () => {
  test.each([
    ["heap", (run: number) => ({ heap: 100 + run / 10 })],
    ["rss", (run: number) => ({ rss: 1000 + run })],
    ["descriptors", (run: number) => ({ descriptors: 20 + Math.floor(run / 100) })],
    ["threads", (run: number) => ({ threads: run < 150 ? 11 : 12 })],
    ["exits", (run: number) => ({ exits: run })],
  ])("whose %s grows", (key, of) => {
    expect(grown(of)).toEqual([key]);
  });

  test.each([0, 1, 7])("judged by %s runs", (count) => {
    expect(() => judgeFlatness(runs(() => ({})).slice(0, count), ALLOWED)).toThrow(RangeError);
  });

  test("that grows, where eight runs were measured", () => {
    const eight = runs((run) => ({ exits: run })).slice(0, 8);
    expect(judgeFlatness(eight, ALLOWED).violations).toHaveLength(1);
  });

  test("of which a measure is no number", () => {
    expect(grown(() => ({ heap: Number.NaN }))).toEqual(["heap"]);
  });
});
