import { parseRelease } from "@mirror/deb822";
import { describe, expect, it } from "vitest";
import { planIndices } from "../src/plan-indices.js";
import type { MirrorSpec } from "../src/spec.js";

const SPEC = {
  components: ["main"],
  architectures: ["amd64"],
  sources: false,
  indices: { translations: false, contents: false, commands: false, dep11: false },
  byHash: "auto",
} as const satisfies Partial<MirrorSpec>;

function listing(suite: string, paths: readonly string[], fields = "", list = "SHA256") {
  const digest = "a".repeat(list === "SHA256" ? 64 : 32);
  const lines = paths.map((path) => ` ${digest} 10 ${path}\n`).join("");
  const release = parseRelease(`Suite: ${suite}\n${fields}${list}:\n${lines}`);
  return { suite, directory: suite.endsWith("/") ? "" : `dists/${suite}/`, release };
}

function planned(spec: Partial<MirrorSpec>, ...suites: ReturnType<typeof listing>[]) {
  const { targets, warnings } = planIndices({ ...SPEC, ...spec }, suites);
  const paths = targets.flatMap(({ variants }) => variants.map(({ path }) => path));
  return { targets, paths: paths.sort(), codes: warnings.map(({ code }) => code) };
}

const DEBIAN = [
  "main/binary-amd64/Packages",
  "main/binary-amd64/Packages.gz",
  "main/binary-amd64/Packages.xz",
  "main/binary-amd64/Release",
  "main/binary-arm64/Packages.gz",
  "main/binary-all/Packages.gz",
  "main/debian-installer/binary-amd64/Packages.gz",
  "main/source/Sources.xz",
  "main/i18n/Translation-en.bz2",
  "main/i18n/Translation-de.bz2",
  "main/Contents-amd64.gz",
  "main/Contents-source.gz",
  "main/cnf/Commands-amd64.xz",
  "main/dep11/Components-amd64.yml.gz",
  "main/dep11/icons-64x64@2.tar.gz",
  "non-free/binary-amd64/Packages.gz",
  "Contents-amd64.gz",
  "InRelease",
];

describe("planIndices", () => {
  it("takes Packages of the architecture and of all in every listed form, and nothing else", () => {
    expect(planned({}, listing("s", DEBIAN)).paths).toEqual([
      "dists/s/main/binary-all/Packages.gz",
      "dists/s/main/binary-amd64/Packages",
      "dists/s/main/binary-amd64/Packages.gz",
      "dists/s/main/binary-amd64/Packages.xz",
      "dists/s/main/binary-amd64/Release",
    ]);
  });

  it("takes the kinds that are asked for, at component and suite level", () => {
    const indices = {
      translations: ["de"],
      contents: true,
      commands: true,
      dep11: true,
    } as const;
    const { paths } = planned({ indices, sources: true }, listing("s", DEBIAN));
    expect(paths).toEqual(
      expect.arrayContaining([
        "dists/s/Contents-amd64.gz",
        "dists/s/main/Contents-amd64.gz",
        "dists/s/main/cnf/Commands-amd64.xz",
        "dists/s/main/dep11/Components-amd64.yml.gz",
        "dists/s/main/dep11/icons-64x64@2.tar.gz",
        "dists/s/main/i18n/Translation-de.bz2",
        "dists/s/main/source/Sources.xz",
      ]),
    );
    expect(paths).toHaveLength(12);
  });

  it("does not take `free` for `non-free`", () => {
    const suite = listing("s", DEBIAN);
    expect(() => planned({ components: ["free"] }, suite)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_UNKNOWN_COMPONENT" }),
    );
  });

  it.each(["main", "updates/main"])("finds %s of a security archive below main/", (name) => {
    const suite = listing("s", ["main/binary-amd64/Packages.gz"], "Components: updates/main\n");
    expect(planned({ components: [name] }, suite).paths).toHaveLength(1);
  });

  it("finds a component that is called main and kept below updates/main/", () => {
    const suite = listing(
      "s",
      ["updates/main/binary-amd64/Packages"],
      "Components: updates/main\n",
    );
    expect(planned({}, suite).paths).toEqual(["dists/s/updates/main/binary-amd64/Packages"]);
  });

  it("warns of what one suite lacks and fails on what every suite lacks", () => {
    const one = listing("one", ["main/binary-amd64/Packages"]);
    const two = listing("two", ["main/binary-amd64/Packages", "extra/binary-amd64/Packages"]);
    const spec = { components: ["main", "extra"] };
    expect(planned(spec, one, two).codes).toEqual(["WARN_SYNC_NOT_OFFERED"]);
    expect(() => planned({ architectures: ["riscv64"] }, one, two)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_UNKNOWN_ARCHITECTURE" }),
    );
  });

  it("fails on sources that no suite has, and warns of one suite that has none", () => {
    const without = listing("one", ["main/binary-amd64/Packages"]);
    const having = listing("two", ["main/binary-amd64/Packages", "main/source/Sources"]);
    expect(() => planned({ sources: true }, without)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_MISSING_INDEX" }),
    );
    expect(planned({ sources: true }, without, having).codes).toEqual(["WARN_SYNC_NOT_OFFERED"]);
  });

  it("does not believe an architecture that is named and has no index", () => {
    const named = listing("s", ["main/binary-amd64/Packages"], "Architectures: amd64 arm64\n");
    expect(() => planned({ architectures: ["amd64", "arm64"] }, named)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_UNKNOWN_ARCHITECTURE" }),
    );
  });

  it("warns of a component that lacks one of the suite's architectures", () => {
    const suite = listing("s", [
      "main/binary-amd64/Packages",
      "main/binary-arm64/Packages",
      "extra/binary-amd64/Packages",
    ]);
    const spec = { components: ["main", "extra"], architectures: ["amd64", "arm64"] };
    const { paths, codes } = planned(spec, suite);
    expect([paths.length, codes]).toEqual([3, ["WARN_SYNC_NOT_OFFERED"]]);
  });

  it("is not slowed down by a Release that names 100,000 components", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `a/b${i}`).join(" ");
    const suite = listing("s", ["main/binary-amd64/Packages"], `Components: ${names}\n`);
    const started = performance.now();
    expect(() => planned({ components: ["main", "x"] }, suite)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_UNKNOWN_COMPONENT" }),
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("only warns of a suite that lacks the only component", () => {
    const one = listing("one", ["main/binary-amd64/Packages"]);
    const two = listing("two", ["other/binary-amd64/Packages"]);
    const { paths, codes } = planned({}, one, two);
    expect(paths).toEqual(["dists/one/main/binary-amd64/Packages"]);
    expect(new Set(codes)).toEqual(new Set(["WARN_SYNC_NOT_OFFERED"]));
  });

  it("refuses an index that is listed by MD5 alone", () => {
    const weak = listing("s", ["main/binary-amd64/Packages"], "", "MD5Sum");
    expect(() => planned({}, weak)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_WEAK_HASH" }),
    );
  });

  it("refuses a suite that lists no Packages of what is configured", () => {
    const spec = { components: [], architectures: [] };
    expect(() => planned(spec, listing("flat/", ["Sources"]))).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_MISSING_INDEX" }),
    );
  });

  it("takes the indices of a flat repository, written with or without ./", () => {
    const spec = { components: [], architectures: [], sources: true };
    const flat = listing("./", [
      "./Packages.gz",
      "Packages",
      "Sources",
      "main/binary-amd64/Packages",
    ]);
    expect(planned(spec, flat).paths).toEqual(["Packages", "Packages.gz", "Sources"]);
  });

  it("takes Contents of a flat repository, those of its architectures where some are given", () => {
    const names = ["Packages", "Contents-amd64", "Contents-arm64", "Contents-all"];
    const flat = listing("./", [...names, "Contents-udeb-amd64", "Contents-source", "en"]);
    const indices = { ...SPEC.indices, contents: true };
    const paths = (architectures: readonly string[]) =>
      planned({ components: [], architectures, indices }, flat).paths;
    expect(paths([])).toEqual(names.toSorted());
    expect(paths(["arm64"])).toEqual(["Contents-all", "Contents-arm64", "Packages"]);
  });

  it("wants sources of flat suites too", () => {
    const without = listing("one/", ["Packages"]);
    const having = listing("two/", ["Packages", "./Sources.gz"]);
    expect(() => planned({ sources: true }, without)).toThrowError(
      expect.objectContaining({ code: "ERR_SYNC_MISSING_INDEX" }),
    );
    expect(planned({ sources: true }, without, having).codes).toEqual(["WARN_SYNC_NOT_OFFERED"]);
    const ordinary = listing("s", ["main/binary-amd64/Packages"]);
    expect(planned({ sources: true }, ordinary, having).codes).toEqual(["WARN_SYNC_NOT_OFFERED"]);
  });

  it("names by-hash paths for every list where the suite or the mirror says so", () => {
    const offered = listing("s", ["main/binary-amd64/Packages"], "Acquire-By-Hash: yes\n");
    const silent = listing("s", ["main/binary-amd64/Packages"]);
    const byHash = (spec: Partial<MirrorSpec>, suite: typeof offered) =>
      planned(spec, suite).targets[0]?.variants[0]?.byHash;
    const path = `dists/s/main/binary-amd64/by-hash/SHA256/${"a".repeat(64)}`;
    expect(byHash({}, offered)).toEqual([path]);
    expect(byHash({}, silent)).toEqual([]);
    expect(byHash({ byHash: "yes" }, silent)).toEqual([path]);
    expect(byHash({ byHash: "no" }, offered)).toEqual([]);
  });
});
