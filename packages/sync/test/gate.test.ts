import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type GateCase,
  judgeGate,
  type TreeCounts,
  type TreeVerification,
  type TreeWarningCode,
} from "../src/index.js";

const NOW = new Date("2024-05-01T00:00:00Z");

function counts(packages: Record<string, number>, more: Partial<TreeCounts> = {}): TreeCounts {
  const groups = Object.entries(packages).map(([place, count]) => {
    const [suite = "", component = "", architecture = ""] = place.split(" ");
    return { suite, component, architecture, packages: count };
  });
  return {
    groups,
    suites: [{ suite: "stable" }],
    components: ["main"],
    architectures: ["amd64"],
    sources: false,
    ...more,
  };
}

const verified = (fields: Partial<TreeVerification> = {}): TreeVerification => ({
  level: "quick",
  problems: [],
  warnings: [],
  files: 0,
  bytes: 0,
  groups: [],
  ...fields,
});

const warning = (code: TreeWarningCode) => verified({ warnings: [{ code, message: "x" }] });

function judge(fields: Partial<GateCase>, policy: Partial<GateCase["policy"]> = {}) {
  return judgeGate({
    verified: verified(),
    candidate: counts({ "stable main amd64": 100 }),
    production: counts({ "stable main amd64": 100 }),
    now: NOW,
    ...fields,
    policy: { requireValid: false, ...policy },
  });
}

const checks = (verdict: ReturnType<typeof judgeGate>) =>
  verdict.refusals.map(({ check }) => check);

describe("the gate", () => {
  it("passes a tree without problems", () => {
    expect(judge({})).toEqual({ passed: true, refusals: [], warnings: [] });
    expect(judge({ production: undefined }, { maxShrink: 0 }).passed).toBe(true);
  });

  it("lets the installer have fewer packages than its suite must", () => {
    const candidate = counts({
      "stable main amd64": 100,
      "stable main/debian-installer amd64": 3,
    });
    expect(judge({ candidate }, { minPackages: 50 }).passed).toBe(true);
    expect(checks(judge({ candidate }, { minPackages: 101 }))).toEqual(["min_packages"]);
  });

  it("refuses a tree with problems, and not one that nobody verified", () => {
    const problem = { code: "ERR_SYNC_TREE_MISSING_FILE", path: "a", message: "a: gone" } as const;
    const verdict = judge({ verified: verified({ problems: [problem] }) });
    expect(verdict.passed).toBe(false);
    expect(checks(verdict)).toEqual(["verify"]);
    expect(judge({ verified: undefined }).passed).toBe(true);
  });

  it("refuses every group with fewer packages than the fewest allowed", () => {
    const candidate = counts({ "stable main amd64": 100, "stable main source": 9 });
    expect(judge({ candidate }, { minPackages: 9 }).passed).toBe(true);
    const { refusals } = judge({ candidate }, { minPackages: 10 });
    expect(refusals).toMatchObject([
      { check: "min_packages", group: { architecture: "source" }, found: "9" },
    ]);
    expect(checks(judge({ candidate: counts({}) }, { minPackages: 1 }))).toEqual(["min_packages"]);
  });

  it("refuses a group that lost more than its part, to the package", () => {
    const shrunk = (now: number, most: number) =>
      judge({ candidate: counts({ "stable main amd64": now }) }, { maxShrink: most });
    expect(shrunk(60, 0.4).passed).toBe(true);
    expect(shrunk(71, 0.29).passed).toBe(true);
    expect(shrunk(59, 0.4).refusals).toMatchObject([
      { check: "max_shrink", found: "41%", expected: "at most 40%" },
    ]);
    expect(shrunk(99, 0).passed).toBe(false);
    expect(shrunk(0, 1).passed).toBe(true);
  });

  it("takes what left the configuration for no loss, and what vanished though configured for one", () => {
    const production = counts(
      {
        "stable main amd64": 100,
        "stable main arm64": 100,
        "stable contrib amd64": 100,
        "stable main source": 100,
        "testing main amd64": 100,
      },
      { components: ["main", "contrib"], architectures: ["amd64", "arm64"], sources: true },
    );
    expect(judge({ production }, { maxShrink: 0.1 }).passed).toBe(true);
    const candidate = counts({ "stable main amd64": 100 }, { architectures: ["amd64", "arm64"] });
    expect(judge({ production, candidate }, { maxShrink: 0.1 }).refusals).toMatchObject([
      { group: { suite: "stable", component: "main", architecture: "arm64" }, found: "100%" },
    ]);
  });

  it("knows a component with and without its prefix", () => {
    const production = counts({ "stable main amd64": 100, "stable updates/x amd64": 10 });
    const candidate = counts({}, { components: ["updates/main", "x"] });
    expect(checks(judge({ production, candidate }, { maxShrink: 0.5 }))).toHaveLength(2);
  });

  it("warns of what counts no longer, and refuses it only where validity is required", () => {
    for (const code of [
      "WARN_SYNC_KEY_REVOKED",
      "WARN_SYNC_KEY_UNKNOWN",
      "WARN_SYNC_EXPIRED_RELEASE",
      "WARN_SYNC_UNVERIFIED",
    ] as const) {
      const lenient = judge({ verified: warning(code) });
      expect(lenient).toMatchObject({ passed: true, warnings: [{ code }] });
      expect(checks(judge({ verified: warning(code) }, { requireValid: true }))).toEqual([
        "require_valid",
      ]);
    }
    const extra = warning("WARN_SYNC_EXTRA_FILE");
    expect(judge({ verified: extra }, { requireValid: true }).passed).toBe(true);
  });

  it("judges Valid-Until by the manifest where nothing was verified, and never calls that valid", () => {
    const suites = [{ suite: "stable", validUntil: new Date(NOW.getTime() - 1) }];
    const candidate = counts({ "stable main amd64": 100 }, { suites });
    const verdict = judge({ verified: undefined, candidate });
    expect(verdict).toMatchObject({
      passed: true,
      warnings: [{ code: "WARN_SYNC_EXPIRED_RELEASE" }],
    });
    expect(judge({ verified: undefined }, { requireValid: true }).passed).toBe(false);
  });

  it("never refuses more packages than before, and is the stricter the smaller the part", () => {
    const number = fc.nat(1000);
    fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 1, noNaN: true }), (was, is, most) => {
        const production = counts({ "stable main amd64": was });
        const candidate = counts({ "stable main amd64": is });
        const passed = (part: number) =>
          judge({ production, candidate }, { maxShrink: part }).passed;
        if (is >= was) expect(passed(most)).toBe(true);
        if (passed(most)) expect(passed(Math.min(1, most + 0.1))).toBe(true);
        expect(passed(1)).toBe(true);
      }),
    );
  });
});
