import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TreeFacts } from "../src/facts.js";
import { type PlannedName, planRepair } from "../src/plan-repair.js";
import { planUpstreamPaths } from "../src/plan-upstream-paths.js";

const A = "a".repeat(64);
const B = "b".repeat(64);

const release = { date: "2026-11-21T00:00:00.000Z" };
const plain = (suite: string, directory: string, more: object = {}) => ({
  suite,
  directory,
  release,
  documents: { InRelease: A, Release: A },
  upstream: {},
  signedBy: [],
  ...more,
});

/** Facts of a tree with these suites. */
function facts(...suites: object[]): TreeFacts {
  const known = { kind: "apt", settings: "", components: [], architectures: [], sources: false };
  return { ...known, packages: 0, topDirectories: [], ignoredMissing: [], suites } as never;
}

const asked = (of: TreeFacts | undefined, path: string) =>
  planUpstreamPaths(of, { path, sha256: A });
const INDEX = "dists/stable/main/binary-amd64/Packages";
const HASHED = `dists/stable/main/binary-amd64/by-hash/SHA256/${A}`;

describe("planUpstreamPaths", () => {
  const stable = facts(plain("stable", "dists/stable/"));

  it("asks for files of packages and for Release files by their names", () => {
    for (const path of ["pool/main/a.deb", "dists/stable/InRelease", "dists/stable/Release"])
      expect(asked(stable, path)).toEqual([path]);
    expect(asked(undefined, INDEX)).toEqual([INDEX]);
  });

  it("asks for indices by their hash first", () => {
    expect(asked(stable, `${INDEX}.gz`)).toEqual([HASHED, `${INDEX}.gz`]);
    expect(asked(stable, HASHED)).toEqual([HASHED]);
  });

  it("knows the indices of flat repositories by their names", () => {
    const flat = facts(plain("./", ""));
    expect(asked(flat, "Packages.gz")).toEqual([`by-hash/SHA256/${A}`, "Packages.gz"]);
    expect(asked(flat, "a.deb")).toEqual(["a.deb"]);
  });

  it("asks for what upstream signed where that has it, and for nothing that it has not signed", () => {
    const original = "dists/stable/upstream/sha256/cc";
    const signed = facts(
      plain("stable", "dists/stable/", {
        resigned: { by: "F", date: "", upstreamDocuments: { InRelease: A } },
        indices: [
          {
            name: INDEX,
            rewritten: { sha256: B, original: { path: original, compression: "xz" } },
          },
        ],
      }),
    );
    expect(asked(signed, "dists/stable/upstream/InRelease")).toEqual(["dists/stable/InRelease"]);
    expect(asked(signed, original)).toEqual([HASHED, `${INDEX}.xz`]);
    for (const name of ["InRelease", "Release", "Release.key"])
      expect(asked(signed, `dists/stable/${name}`)).toEqual([]);
    expect(asked(signed, "dists/stable/upstream/sha256/dd")).toEqual([]);
    expect(asked(signed, "pool/a.deb")).toEqual(["pool/a.deb"]);
  });

  it("takes the nearest of suites that lie below each other", () => {
    const nested = facts(
      plain("stable", "dists/stable/", { documents: {} }),
      plain("stable/updates", "dists/stable/updates/"),
    );
    expect(asked(nested, "dists/stable/updates/InRelease")).toEqual([
      "dists/stable/updates/InRelease",
    ]);
  });
});

const nameOf = fc.record({
  id: fc.constantFrom("m", "n"),
  facts: fc.constant(undefined),
  file: fc.record({
    path: fc.constantFrom("pool/a", "pool/b", "dists/s/by-hash/SHA256/x"),
    size: fc.constant(1),
    sha256: fc.constantFrom(A, B),
    mtime: fc.constantFrom(0, 1000),
  }),
  fault: fc.option(fc.constant("missing"), { nil: undefined }),
});

describe("planRepair", () => {
  it("wants each damaged name mended once, by intact names of its content alone", () => {
    fc.assert(
      fc.property(fc.array(nameOf), (found) => {
        const names = found.map(({ fault, ...name }): PlannedName => {
          return fault === undefined ? name : { ...name, fault };
        });
        const plan = planRepair(names, "m");
        const damaged = plan.flatMap((repair) => repair.damaged);
        expect(new Set(damaged)).toEqual(new Set(names.filter(({ fault }) => fault)));
        expect(damaged.length).toBe(new Set(damaged).size);
        for (const { sha256, intact, damaged: mine } of plan) {
          expect(mine.length).toBeGreaterThan(0);
          for (const name of [...intact, ...mine]) expect(name.file.sha256).toBe(sha256);
          for (const { fault } of intact) expect(fault).toBeUndefined();
        }
      }),
    );
  });

  const name = (
    path: string,
    more: Partial<PlannedName> & { mtime?: number } = {},
  ): PlannedName => {
    const { mtime = 0, ...rest } = more;
    return { id: "m", facts: undefined, file: { path, size: 1, sha256: A, mtime }, ...rest };
  };
  const fault = "missing";

  it("tries files of the time that most of the damaged ones had before others", () => {
    const [repair] = planRepair(
      [
        name("a", { fault, mtime: 1000 }),
        name("b", { fault, mtime: 1000 }),
        name("c", { fault }),
        name("d"),
        name("e", { mtime: 1000 }),
      ],
      "m",
    );
    expect(repair?.mtime).toBe(1000);
    expect(repair?.intact.map(({ file }) => file.path)).toEqual(["e", "d"]);
  });

  it("takes the bytes of what clients cannot read too, after those of files as they must be", () => {
    const closed = { fault: "mode 0600", isClosed: true } as const;
    const [repair] = planRepair([name("a", closed), name("b", { fault }), name("c")], "m");
    expect(repair?.damaged.map(({ file }) => file.path)).toEqual(["a", "b"]);
    expect(repair?.intact.map(({ file }) => file.path)).toEqual(["c", "a"]);
  });

  it("asks upstream for the mirror's own paths alone, by hash first, and is called by a plain one", () => {
    const hashed = "dists/s/by-hash/SHA256/x";
    const names = [name(hashed, { fault }), name("dists/s/P"), name("other", { id: "n", fault })];
    const [repair] = planRepair(names, "m");
    expect(repair?.upstream).toEqual([hashed, "dists/s/P"]);
    expect(repair?.path).toBe("other");
  });
});
