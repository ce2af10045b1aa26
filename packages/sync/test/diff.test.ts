import { execFileSync } from "node:child_process";
import { describeNeeds } from "@mirror/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffPackages, type PackageDiff, type PackageVersion } from "../src/index.js";

const NAMES = ["a", "b", "libc6", "__proto__"];
const VERSIONS = ["1.0", "1.00", "0:1.0", "1.0~rc1", "1.0-1", "1.0-1+b1", "1:0.1", "2", "10"];

const versions = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom(...VERSIONS),
    architecture: fc.constantFrom("amd64", "all"),
  }),
  { maxLength: 12 },
);

const EMPTY: PackageDiff = { added: [], removed: [], upgraded: [], downgraded: [] };

function all(...list: readonly string[]): PackageVersion[] {
  return list.map((text) => {
    const [name = "", version = ""] = text.split("=");
    return { name, version, architecture: "amd64" };
  });
}

/** Name and version alone: what a multiset of versions by name holds. */
const multiset = (list: readonly PackageVersion[]) =>
  list.map(({ name, version }) => `${name} ${version}`).sort();

/** By the words of the contract: less what went, with what came. */
function apply(before: readonly PackageVersion[], diff: PackageDiff): string[] {
  const left = multiset(before);
  const take = (entry: string) => {
    const at = left.indexOf(entry);
    if (at === -1) throw new Error(`${entry} is not there`);
    left.splice(at, 1);
  };
  for (const { name, version } of diff.removed) take(`${name} ${version}`);
  for (const { name, version } of diff.added) left.push(`${name} ${version}`);
  for (const { name, from, to, olderStays } of diff.upgraded) {
    if (!olderStays) take(`${name} ${from}`);
    left.push(`${name} ${to}`);
  }
  for (const { name, from, to, olderStays } of diff.downgraded) {
    take(`${name} ${from}`);
    if (!olderStays) left.push(`${name} ${to}`);
  }
  return left.sort();
}

describe("the diff of two lists of packages", () => {
  it("names what was added, removed, upgraded and downgraded, by Debian's order", () => {
    const before = all("same=1", "gone=1", "up=1.0~rc1", "down=1:0.1", "nine=1.9");
    const after = all("same=1", "new=1", "up=1.0", "down=2", "nine=1.10");
    expect(diffPackages(before, after)).toEqual({
      added: all("new=1"),
      removed: all("gone=1"),
      upgraded: [
        { name: "nine", architecture: "amd64", from: "1.9", to: "1.10" },
        { name: "up", architecture: "amd64", from: "1.0~rc1", to: "1.0" },
      ],
      downgraded: [{ name: "down", architecture: "amd64", from: "1:0.1", to: "2" }],
    });
  });

  it("compares the newest of several versions, and says when the older one stays", () => {
    expect(diffPackages(all("a=1", "a=2"), all("a=2", "a=3"))).toEqual({
      ...EMPTY,
      removed: all("a=1"),
      upgraded: [{ name: "a", architecture: "amd64", from: "2", to: "3", olderStays: true }],
    });
    expect(diffPackages(all("a=1", "a=3"), all("a=2", "a=3"))).toEqual({
      ...EMPTY,
      removed: all("a=1"),
      added: all("a=2"),
    });
  });

  it("takes two spellings of one version for one removed and one added", () => {
    expect(diffPackages(all("a=1.0"), all("a=0:1.0"))).toEqual({
      ...EMPTY,
      removed: all("a=1.0"),
      added: all("a=0:1.0"),
    });
  });

  it("compares a package of each architecture for itself where it is told to", () => {
    const one = { name: "a", version: "1" };
    const before = ["amd64", "arm64"].map((architecture) => ({ ...one, architecture }));
    const after = [
      { ...one, architecture: "amd64" },
      { name: "a", version: "2", architecture: "arm64" },
    ];
    const { upgraded } = diffPackages(before, after, { byArchitecture: true });
    expect(upgraded).toEqual([{ name: "a", architecture: "arm64", from: "1", to: "2" }]);
  });

  it("is empty for a list and itself, in any order", () => {
    fc.assert(
      fc.property(
        versions.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        ([list, shuffled]) => {
          expect(diffPackages(list, shuffled)).toEqual(EMPTY);
        },
      ),
    );
  });

  it("turns the list before into the one after", () => {
    fc.assert(
      fc.property(versions, versions, (before, after) => {
        expect(apply(before, diffPackages(before, after))).toEqual(multiset(after));
      }),
      { numRuns: 2000 },
    );
  });

  it("is mirrored when the lists change places", () => {
    const bare = (list: readonly PackageVersion[]) => multiset(list);
    const turned = (list: PackageDiff["upgraded"]) =>
      list.map(({ name, from, to, olderStays }) => ({ name, from: to, to: from, olderStays }));
    const asIs = (list: PackageDiff["upgraded"]) =>
      list.map(({ name, from, to, olderStays }) => ({ name, from, to, olderStays }));
    fc.assert(
      fc.property(versions, versions, (before, after) => {
        const there = diffPackages(before, after);
        const back = diffPackages(after, before);
        expect(bare(back.removed)).toEqual(bare(there.added));
        expect(bare(back.added)).toEqual(bare(there.removed));
        expect(asIs(back.downgraded)).toEqual(turned(there.upgraded));
        expect(asIs(back.upgraded)).toEqual(turned(there.downgraded));
      }),
      { numRuns: 2000 },
    );
  });

  it("does not depend on the order of the lists", () => {
    fc.assert(
      fc.property(versions, versions, (before, after) => {
        const backwards = diffPackages(before.toReversed(), after.toReversed());
        const forwards = diffPackages(before, after);
        expect(multiset(backwards.added)).toEqual(multiset(forwards.added));
        expect(backwards.upgraded.map(({ to }) => to)).toEqual(
          forwards.upgraded.map(({ to }) => to),
        );
      }),
    );
  });
});

describeNeeds(describe, ["dpkg"], "beside dpkg", () => {
  it("calls an upgrade what dpkg calls newer", () => {
    for (const from of VERSIONS) {
      for (const to of VERSIONS) {
        const { upgraded, downgraded } = diffPackages(all(`a=${from}`), all(`a=${to}`));
        const newer = dpkgSays(from, "lt", to);
        const older = dpkgSays(from, "gt", to);
        expect([from, to, upgraded.length, downgraded.length]).toEqual([
          from,
          to,
          Number(newer),
          Number(older),
        ]);
      }
    }
  });
});

function dpkgSays(one: string, relation: string, other: string): boolean {
  try {
    execFileSync("dpkg", ["--compare-versions", one, relation, other]);
    return true;
  } catch {
    return false;
  }
}
