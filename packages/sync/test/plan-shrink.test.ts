import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TreeCounts } from "../src/index.js";
import { planShrink } from "../src/plan-shrink.js";

/** Of groups written `stable main amd64`, each with how many packages it holds. */
function counts(packages: Record<string, number>, more: Partial<TreeCounts> = {}): TreeCounts {
  const groups = Object.entries(packages).map(([place, count]) => {
    const [suite = "", component = "", architecture = ""] = place.split(" ");
    return { suite, component, architecture, packages: count };
  });
  return {
    groups,
    suites: [{ suite: "stable" }, { suite: "updates" }],
    components: ["main", "contrib"],
    architectures: ["amd64", "arm64"],
    sources: true,
    ...more,
  };
}

const MAIN = "stable main amd64";
const UPDATES = "updates main amd64";
const refused = (before: TreeCounts, after: TreeCounts, most = 0.4) =>
  planShrink(before, after, most) !== undefined;

describe("a mirror's loss of packages", () => {
  it("is refused from the first package beyond its part", () => {
    const before = counts({ [MAIN]: 100 });
    expect(refused(before, counts({ [MAIN]: 60 }))).toBe(false);
    expect(planShrink(before, counts({ [MAIN]: 59 }), 0.4)).toEqual({
      suite: "stable",
      expected: "at most 40%",
      found: "41% fewer",
      message: "stable main amd64: 100 packages published, 59 now: 41% fewer, expected at most 40%",
    });
    expect(refused(counts({ [MAIN]: 5 }), counts({ [MAIN]: 3 }))).toBe(false);
    expect(refused(counts({ [MAIN]: 5 }), counts({ [MAIN]: 2 }))).toBe(true);
    expect(refused(before, counts({ [MAIN]: 99 }), 0)).toBe(true);
  });

  it("is never refused where all of it may go", () => {
    const before = counts({ [MAIN]: 100, [UPDATES]: 3 });
    expect(refused(before, counts({}), 1)).toBe(false);
    expect(refused(before, counts({ [MAIN]: 0, [UPDATES]: 0 }), 1)).toBe(false);
  });

  it("is counted in every large index by itself, and in small ones together", () => {
    const before = counts({ [MAIN]: 5000, [UPDATES]: 100 });
    expect(refused(before, counts({ [MAIN]: 5000, [UPDATES]: 59 }))).toBe(true);
    const small = counts({ [MAIN]: 5000, [UPDATES]: 5 });
    expect(refused(small, counts({ [MAIN]: 5000, [UPDATES]: 2 }))).toBe(false);
    expect(refused(small, counts({ [MAIN]: 5000, [UPDATES]: 0 }))).toBe(false);
    const many = Object.fromEntries(["a", "b", "c"].map((name) => [`stable ${name} amd64`, 50]));
    const all = { components: ["a", "b", "c"] };
    const fewer = Object.fromEntries(Object.keys(many).map((name) => [name, 29]));
    expect(planShrink(counts(many, all), counts(fewer, all), 0.4)?.message).toBe(
      "stable a amd64: 50 packages published, 29 now; the mirror: 150 published, 87 now: 42% fewer, expected at most 40%",
    );
  });

  it("is refused where a component, an architecture or an index is gone, however small", () => {
    const before = counts({
      [MAIN]: 5000,
      "stable contrib amd64": 3,
      "stable main arm64": 2,
      [UPDATES]: 1,
    });
    const left = { [MAIN]: 5000, "stable contrib amd64": 3, "stable main arm64": 2, [UPDATES]: 1 };
    expect(refused(before, counts(left))).toBe(false);
    const message = (after: Record<string, number>) =>
      planShrink(before, counts({ ...left, ...after }), 0.4)?.message;
    expect(message({ "stable contrib amd64": 0 })).toContain("stable contrib amd64: 3 packages");
    expect(message({ "stable main arm64": 0 })).toContain("stable main arm64: 2 packages");
    const { [UPDATES]: _gone, ...others } = left;
    expect(planShrink(before, counts(others), 0.4)?.message).toContain("no such index upstream");
  });

  it("names the index that lost most", () => {
    const before = counts({ [MAIN]: 1000, [UPDATES]: 200 });
    expect(planShrink(before, counts({ [MAIN]: 900, [UPDATES]: 20 }), 0.4)?.suite).toBe("updates");
    const turned = counts({ [UPDATES]: 200, [MAIN]: 1000 });
    expect(planShrink(turned, counts({ [MAIN]: 0, [UPDATES]: 0 }), 0.4)?.message).toMatch(
      /^stable main amd64: 1000 packages published, 0 now: 100% fewer/,
    );
  });

  it("is none where the configuration took something out", () => {
    const before = counts({
      [MAIN]: 10,
      [UPDATES]: 900,
      "stable contrib amd64": 900,
      "stable main arm64": 900,
      "stable main source": 900,
    });
    const less = {
      suites: [{ suite: "stable" }],
      components: ["main"],
      architectures: ["amd64"],
      sources: false,
    };
    expect(refused(before, counts({ [MAIN]: 10 }, less), 0)).toBe(false);
    expect(refused(before, counts({ [MAIN]: 5 }, less))).toBe(true);
  });

  it("is none of a flat suite where fewer of its architectures are taken", () => {
    const flat = (packages: number, architectures: string[]) =>
      counts({ "./": packages }, { suites: [{ suite: "./" }], architectures });
    expect(refused(flat(10, ["amd64", "arm64"]), flat(5, ["amd64"]))).toBe(false);
    expect(refused(flat(10, []), flat(5, ["amd64"]))).toBe(false);
    expect(refused(flat(10, ["amd64"]), flat(5, ["amd64", "arm64"]))).toBe(true);
    expect(refused(flat(10, ["amd64"]), flat(5, []))).toBe(true);
    expect(refused(flat(10, ["amd64", "arm64"]), flat(5, ["arm64", "amd64"]))).toBe(true);
  });

  it("is what the indices list, and not what stays of it, where filters changed", () => {
    const group = { suite: "stable", component: "main", architecture: "amd64" };
    const source = { suite: "stable", component: "main", architecture: "source" };
    const tree = (packages: number, leftOut: number, filters: string | undefined): TreeCounts => ({
      ...counts({}),
      groups: [
        { ...group, packages, ...(leftOut === 0 ? {} : { leftOut }) },
        { ...source, packages, ...(leftOut === 0 ? {} : { leftOut: leftOut * 3 }) },
      ],
      ...(filters === undefined ? {} : { filters }),
    });
    const before = tree(10, 90, "f1");
    expect(refused(before, tree(1, 99, "f2"))).toBe(false);
    expect(refused(before, tree(1, 58, "f2"))).toBe(true);
    expect(refused(before, tree(1, 99, "f1"))).toBe(true);
    expect(refused(before, tree(9, 1, "f1"))).toBe(false);
    expect(refused(tree(100, 0, undefined), tree(1, 99, "f1"))).toBe(false);
  });

  it("is compared with whatever there was before: nothing, or nothing known", () => {
    expect(refused(counts({}), counts({ [MAIN]: 1 }), 0)).toBe(false);
    expect(refused(counts({ [MAIN]: 0 }), counts({}), 0)).toBe(false);
  });

  it("is never one of more packages, and allowed the sooner the more may go", () => {
    const group = fc.tuple(fc.nat(300), fc.nat(300));
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (groups, most) => {
          const components = groups.map((_, index) => `c${index}`);
          const tree = (side: 0 | 1) =>
            counts(
              Object.fromEntries(
                groups.map((pair, index) => [`stable c${index} amd64`, pair[side]]),
              ),
              { components },
            );
          const isRefused = refused(tree(0), tree(1), most);
          if (groups.every(([before, after]) => after >= before)) expect(isRefused).toBe(false);
          if (!isRefused) expect(refused(tree(0), tree(1), Math.min(1, most + 0.1))).toBe(false);
          const sum = (side: 0 | 1) => groups.reduce((total, pair) => total + pair[side], 0);
          if (sum(0) - sum(1) > sum(0) * most + 0.01) expect(isRefused).toBe(true);
        },
      ),
    );
  });
});
