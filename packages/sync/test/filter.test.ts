import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, sourceOfCandidate } from "../src/candidate.js";
import { compileFilters } from "../src/filter.js";
import { filtersDigest } from "../src/filter-report.js";
import { parsePackageList } from "../src/package-list.js";
import { planSelection, type Selection } from "../src/plan-selection.js";
import { settingsDigest } from "../src/settings-digest.js";
import type { Filters } from "../src/spec.js";
import { candidate, filters, stayingPaths } from "./candidates.js";

function select(given: Partial<Filters>, candidates: readonly Candidate[]): Selection {
  const filter = compileFilters(filters(given));
  if (!filter) throw new Error("nothing is filtered");
  return planSelection(filter, candidates, ["amd64"]);
}

/** `name version` of what stays. */
function staying(given: Partial<Filters>, candidates: readonly Candidate[]): string[] {
  const { verdicts } = select(given, candidates);
  return candidates
    .filter((_, at) => verdicts[at]?.stays)
    .map(({ name, version }) => `${name} ${version}`);
}

describe("a pattern", () => {
  const some = ["hello", "hello-dbg", "libhello-dbgsym", "world"].map((name) => candidate(name));

  it("is searched for anywhere in the name", () => {
    expect(staying({ excludePatterns: ["-dbg(sym)?$"] }, some)).toEqual(["hello 1", "world 1"]);
    expect(staying({ includePatterns: ["ell"] }, some)).toHaveLength(3);
  });

  it("that excludes beats one that includes", () => {
    const both = { includePatterns: ["^hello"], excludePatterns: ["dbg"] };
    expect(staying(both, some)).toEqual(["hello 1"]);
  });

  it("takes time that is linear in the name", () => {
    const bad = [candidate(`${"a".repeat(100_000)}!`)];
    const started = performance.now();
    expect(
      staying({ excludePatterns: ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]$"] }, bad),
    ).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each(["(?<=a)b", "a(?!b)", "(a", "(a)\\1"])("is refused where it is none: %s", (pattern) => {
    expect(() => compileFilters(filters({ excludePatterns: [pattern] }))).toThrow(
      expect.objectContaining({ code: "ERR_SYNC_BAD_FILTER" }),
    );
  });
});

describe("sections and priorities", () => {
  const some = [
    candidate("a", { section: "libs", priority: "required" }),
    candidate("b", { section: "non-free/libs" }),
    candidate("c", { section: "contrib/net" }),
    candidate("d", { section: "" }),
  ];

  it("are taken with or without the archive's area", () => {
    expect(staying({ sections: ["libs"] }, some)).toEqual(["a 1", "b 1"]);
    expect(staying({ sections: ["non-free/libs"] }, some)).toEqual(["b 1"]);
    expect(staying({ sections: ["contrib"] }, some)).toEqual([]);
  });

  it("are as the stanza says", () => {
    expect(staying({ priorities: ["required", "standard"] }, some)).toEqual(["a 1"]);
  });
});

describe("a package list", () => {
  it("names packages, versions and architectures, in apt's and dpkg's words", () => {
    const text = `# base
hello
libc6:amd64   # a comment
git=1:2.39.5-0+deb12u2
nginx\t\t\t\t\tinstall
kept:arm64 hold
gone\tdeinstall
purged:amd64\tpurge\r
g++ = 4:12.2

python3.11
`;
    expect(Object.fromEntries(parsePackageList(text))).toEqual({
      hello: [{}],
      libc6: [{ architecture: "amd64" }],
      git: [{ version: "1:2.39.5-0+deb12u2" }],
      nginx: [{}],
      kept: [{ architecture: "arm64" }],
      "g++": [{ version: "4:12.2" }],
      "python3.11": [{}],
    });
  });

  it.each(["two words", "../x", "a=", "a (>= 1)", "-y", "a:amd64:i386", "naïve"])(
    "is refused with the line that is no package: %s",
    (line) => {
      expect(() => parsePackageList(`hello\n\n${line}\n`)).toThrow(
        expect.objectContaining({
          code: "ERR_SYNC_BAD_FILTER",
          message: expect.stringContaining("line 3"),
        }),
      );
    },
  );

  it("takes a version however it is spelt, and all for whatever architecture", () => {
    const some = [
      candidate("a", { version: "0:1.0" }),
      candidate("a", { version: "2" }),
      candidate("b", { architecture: "all" }),
      candidate("c", { architecture: "i386" }),
    ];
    const packageList = "a=1.0\nb:amd64\nc:amd64\nd\n";
    expect(staying({ packageList }, some)).toEqual(["a 0:1.0", "b 1"]);
    expect(select({ packageList }, some).unknown).toEqual(["d"]);
  });

  it("is read in no more time than it is long", () => {
    const started = performance.now();
    expect(() => parsePackageList(`a${" ".repeat(1_000_000)}b`)).toThrow();
    expect(parsePackageList("a\n".repeat(500_000)).get("a")).toHaveLength(500_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("keep_versions", () => {
  it("counts by Debian's order, epochs and all, for each index and architecture", () => {
    const backports = { suite: "backports" };
    const some = [
      ...["1:0.9", "10.0", "9.9", "2.0~rc1", "2.0"].map((version) => candidate("a", { version })),
      candidate("a", { version: "1.0", architecture: "all" }),
      candidate("a", { version: "0.1", index: backports }),
    ];
    const newest = { keepVersions: 1 };
    expect(staying(newest, some)).toEqual(["a 1:0.9", "a 1.0", "a 0.1"]);
    expect(staying({ keepVersions: 3 }, some)).toEqual([
      "a 1:0.9",
      "a 10.0",
      "a 9.9",
      "a 1.0",
      "a 0.1",
    ]);
  });

  it("counts two spellings of a version once", () => {
    const some = ["1.0", "0:1.0", "1.0-0", "0.5"].map((version) => candidate("a", { version }));
    expect(staying({ keepVersions: 1 }, some)).toHaveLength(3);
  });

  it("keeps what another index keeps: it is one file", () => {
    const other = { suite: "old" };
    const some = [
      candidate("a", { version: "1" }),
      candidate("a", { version: "2" }),
      candidate("a", { version: "1", index: other }),
    ];
    const selection = select({ keepVersions: 1 }, some);
    expect(stayingPaths(selection, some).size).toBe(2);
    expect(selection.verdicts[0]).toEqual({ stays: true, why: "same-file" });
  });
});

describe("packages for the installer", () => {
  it("are left out by patterns alone", () => {
    const index = { component: "main/debian-installer", isInstaller: true };
    const some = [
      candidate("kernel-udeb", { index }),
      candidate("kernel-udeb", { version: "2", index }),
      candidate("other-udeb", { index }),
      candidate("plain"),
    ];
    const given = { keepVersions: 1, sections: ["none"], packageList: "none" };
    expect(staying(given, some)).toHaveLength(3);
    expect(staying({ ...given, excludePatterns: ["^kernel"] }, some)).toEqual(["other-udeb 1"]);
  });
});

describe("source packages", () => {
  it("are wanted where one of their packages stays, in the version that it was built from", () => {
    const some = [
      candidate("libx1", { version: "1.0+b1", source: "x (1.0)" }),
      candidate("y", { version: "3", source: "y-src" }),
      candidate("z"),
    ];
    expect(some.map(sourceOfCandidate)).toEqual([
      ["x", "1.0"],
      ["y-src", "3"],
      ["z", "1"],
    ]);
    const { wantsSource } = select({ excludePatterns: ["^z$"] }, some);
    expect([wantsSource("x", "1.0"), wantsSource("y-src", "3")]).toEqual([true, true]);
    expect([wantsSource("x", "1.0+b1"), wantsSource("z", "1")]).toEqual([false, false]);
  });
});

describe("whatever the filters", () => {
  const names = fc.constantFrom("a", "ab", "b", "c-dbg");
  const some = fc.array(
    fc
      .tuple(names, fc.constantFrom("1", "2", "1:1"), fc.constantFrom("libs", "x/libs", "net"))
      .map(([name, version, section]) => candidate(name, { version, section })),
    { maxLength: 12 },
  );
  const anyFilters = fc.record(
    {
      excludePatterns: fc.subarray(["dbg", "^a"]),
      includePatterns: fc.subarray(["a", "b"]),
      sections: fc.subarray(["libs", "net"]),
      packageList: fc.constantFrom("a", "a=2\nb", "c-dbg"),
      keepVersions: fc.nat(2),
    },
    { requiredKeys: [] },
  );

  it("each package stays or is left out by one of them, and those of one file together", () => {
    fc.assert(
      fc.property(some, anyFilters, (candidates, given) => {
        const filter = compileFilters(filters(given));
        if (!filter) return;
        const selection = planSelection(filter, candidates, []);
        const { verdicts } = selection;
        expect(verdicts).toHaveLength(candidates.length);
        const paths = stayingPaths(selection, candidates);
        for (const [at, { path }] of candidates.entries()) {
          expect(verdicts[at]?.stays).toBe(paths.has(path));
        }
      }),
    );
  });

  it("another one more never lets more stay, but for keep_versions", () => {
    fc.assert(
      fc.property(some, anyFilters, (candidates, { keepVersions: _none, ...given }) => {
        const without = compileFilters(filters(given));
        const more = compileFilters(filters({ ...given, excludePatterns: ["b"] }));
        if (!without || !more) return;
        const paths = stayingPaths(planSelection(without, candidates, []), candidates);
        for (const path of stayingPaths(planSelection(more, candidates, []), candidates)) {
          if (!given.excludePatterns?.length) expect(paths).toContain(path);
        }
      }),
    );
  });

  it("the order of packages decides nothing", () => {
    fc.assert(
      fc.property(some, anyFilters, (candidates, given) => {
        const filter = compileFilters(filters(given));
        if (!filter) return;
        const one = stayingPaths(planSelection(filter, candidates, []), candidates);
        const reversed = candidates.toReversed();
        const other = stayingPaths(planSelection(filter, reversed, []), reversed);
        expect([...other].sort()).toEqual([...one].sort());
      }),
    );
  });
});

describe("the digest of settings", () => {
  const spec = {
    id: "m",
    urls: [],
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
    sources: false,
    indices: { translations: "all", contents: true, commands: true, dep11: true },
    byHash: "auto",
    ignoreMissing: [],
    trust: { check: false },
    freshness: {
      checkValidUntil: true,
      allowRollback: false,
      allowReleaseInfoChange: false,
      maxFuture: 0,
    },
  } as unknown as Parameters<typeof settingsDigest>[0];

  it("knows of filters, and not of those that leave nothing out", () => {
    const plain = settingsDigest(spec);
    expect(settingsDigest({ ...spec, filters: filters({ withDependencies: true }) })).toBe(plain);
    expect(settingsDigest({ ...spec, filters: filters({ keepVersions: 1 }) })).not.toBe(plain);
  });

  it("does not change with the order of lists, and does with every filter", () => {
    const digest = (given: Partial<Filters>) => filtersDigest(filters(given));
    expect(digest({ sections: ["a", "b"] })).toBe(digest({ sections: ["b", "a"] }));
    const all = [
      {},
      { excludePatterns: ["a"] },
      { includePatterns: ["a"] },
      { sections: ["a"] },
      { priorities: ["a"] },
      { packageList: "a" },
      { packageList: "" },
      { keepVersions: 1 },
      { withDependencies: true },
      { withDependencies: true, withRecommends: true },
    ];
    expect(new Set(all.map(digest)).size).toBe(all.length);
  });
});
