import { parseRelations, satisfies } from "@mirror/deb822";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate } from "../src/candidate.js";
import { compileFilters } from "../src/filter.js";
import { planSelection } from "../src/plan-selection.js";
import type { Filters } from "../src/spec.js";
import { candidate, filters, stayingPaths } from "./candidates.js";

const WITH = { withDependencies: true };

function select(given: Partial<Filters>, candidates: readonly Candidate[], ...archs: string[]) {
  const filter = compileFilters(filters({ ...WITH, ...given }));
  if (!filter) throw new Error("nothing is filtered");
  const selection = planSelection(filter, candidates, archs);
  const paths = stayingPaths(selection, candidates);
  const stays = candidates.filter(({ path }) => paths.has(path));
  const label = ({ name, version, architecture }: Candidate) =>
    `${name}${version === "1" ? "" : ` ${version}`}${architecture === "amd64" ? "" : `:${architecture}`}`;
  return {
    stays: [...new Set(stays.map(label))].sort(),
    missing: selection.unsatisfied.map(({ name, relation }) => `${name}: ${relation}`),
    selection,
    paths,
  };
}

/** Takes `a` with its dependencies. */
const ofA = (candidates: readonly Candidate[], ...archs: string[]) =>
  select({ packageList: "a" }, candidates, ...archs);

describe("dependencies", () => {
  it("are added with theirs, before installing or after, and cycles end", () => {
    const some = [
      candidate("a", { depends: "b", preDepends: "c" }),
      candidate("b", { depends: "d, a" }),
      ...["c", "d", "e"].map((name) => candidate(name)),
    ];
    const { stays, missing, selection } = ofA(some);
    expect(stays).toEqual(["a", "b", "c", "d"]);
    expect(missing).toEqual([]);
    expect(selection.verdicts[3]).toMatchObject({
      why: "dependency",
      needed: { dependent: { name: "b" }, field: "Depends" },
    });
  });

  it("are not what is essential or required, unless something depends on it", () => {
    const some = [candidate("a"), candidate("dpkg", { priority: "required" })];
    expect(ofA(some).stays).toEqual(["a"]);
  });

  it("that are recommended are added where that is asked for", () => {
    const some = [candidate("a", { recommends: "b | c" }), candidate("b"), candidate("c")];
    expect(ofA(some).stays).toEqual(["a"]);
    expect(select({ packageList: "a", withRecommends: true }, some).stays).toEqual(["a", "b"]);
  });

  it("are the newest version that fits, of every suite", () => {
    const versions = (name: string, suite: string, ...all: string[]) =>
      all.map((version) => candidate(name, { version, index: { suite } }));
    const some = [
      candidate("a", { depends: "b (<< 3), b (>= 1)" }),
      ...versions("b", "stable", "0.5", "2~rc1", "1.0"),
      ...versions("b", "updates", "2", "3", "1.5"),
    ];
    expect(ofA(some).stays).toEqual(["a", "b 2", "b 2~rc1"]);
  });

  it("may lie in any component and suite", () => {
    const some = [
      candidate("a", { depends: "b", index: { suite: "updates" } }),
      candidate("b", { depends: "c", index: { component: "contrib" } }),
      candidate("c"),
    ];
    expect(ofA(some).stays).toEqual(["a", "b", "c"]);
  });

  it("are met by what is picked, however old", () => {
    const some = [
      candidate("a", { depends: "b" }),
      candidate("b", { version: "2" }),
      candidate("b", { version: "3" }),
    ];
    expect(select({ packageList: "a\nb=2" }, some).stays).toEqual(["a", "b 2"]);
  });

  it("bring back versions that keep_versions dropped, where only those fit", () => {
    const some = [
      candidate("a", { depends: "b (= 1)" }),
      candidate("b"),
      candidate("b", { version: "2" }),
    ];
    expect(select({ keepVersions: 1 }, some).stays).toEqual(["a", "b", "b 2"]);
  });

  it("are never what a pattern excludes, and then told as unsatisfied", () => {
    const some = [
      candidate("a", { depends: "b | c, d" }),
      ...["b", "c", "d"].map((name) => candidate(name)),
    ];
    const { stays, missing } = select({ packageList: "a", excludePatterns: ["^[bd]$"] }, some);
    expect(stays).toEqual(["a", "c"]);
    expect(missing).toEqual(["a: d"]);
  });

  it("that nothing meets are told once, with their alternatives", () => {
    const some = [candidate("a", { depends: "b (>= 2) | x, x:any, b (>= 2)|x" }), candidate("b")];
    expect(ofA(some).missing).toEqual(["a: b (>= 2) | x", "a: x:any"]);
  });

  it("that do not parse add nothing and stop nothing", () => {
    const some = [candidate("a", { depends: "b (((", preDepends: "c" }), candidate("c")];
    expect(ofA(some).stays).toEqual(["a", "c"]);
  });
});

describe("of alternatives", () => {
  const others = ["b", "c", "d"].map((name) => candidate(name));

  it("the first that there is is added", () => {
    expect(ofA([candidate("a", { depends: "x | c | b" }), ...others]).stays).toEqual(["a", "c"]);
  });

  it("one that is picked counts, wherever it stands", () => {
    const a = candidate("a", { depends: "b | c, d" });
    expect(select({ packageList: "a\nc" }, [a, ...others]).stays).toEqual(["a", "c", "d"]);
  });

  it("the first is added also where another is needed, as not every client has that", () => {
    const some = [
      candidate("a", { depends: "b | c, d" }),
      candidate("d", { depends: "c" }),
      ...others.slice(0, 2),
    ];
    expect(ofA(some).stays).toEqual(["a", "b", "c", "d"]);
    const recommending = [
      candidate("a", { depends: "e, f" }),
      candidate("e", { recommends: "d" }),
      candidate("f", { depends: "b | d" }),
      ...others,
    ];
    const { stays } = select({ packageList: "a", withRecommends: true }, recommending);
    expect(stays).toEqual(["a", "b", "d", "e", "f"]);
  });

  it("one that provides the name counts, and the package of that name comes first", () => {
    const a = candidate("a", { depends: "mta" });
    const some = [a, candidate("z", { provides: "mta, x" }), candidate("y", { provides: "mta" })];
    expect(ofA(some).stays).toEqual(["a", "y"]);
    expect(ofA([...some, candidate("mta")]).stays).toEqual(["a", "mta"]);
    const important = candidate("zz", { provides: "mta", priority: "important" });
    expect(ofA([...some, important]).stays).toEqual(["a", "zz"]);
    const sibling = candidate("zzz", { provides: "mta", source: "a (2)" });
    expect(ofA([...some, important, sibling]).stays).toEqual(["a", "zzz"]);
  });

  it("what is provided meets a version only where it is provided with one", () => {
    const a = candidate("a", { depends: "api (>= 2)" });
    const some = [
      a,
      candidate("b", { provides: "api" }),
      candidate("c", { provides: "api (= 1)" }),
    ];
    expect(ofA(some).missing).toEqual(["a: api (>= 2)"]);
    expect(ofA([...some, candidate("d", { provides: "api (= 2.1)" })]).stays).toEqual(["a", "d"]);
  });
});

describe("architectures", () => {
  const i386 = { architecture: "i386" };

  it("are not mixed, but where a package is for every one of them", () => {
    const some = [
      candidate("a", { depends: "b, c" }),
      ...["b", "c"].map((name) => candidate(name, { architecture: "i386", index: i386 })),
    ];
    expect(ofA(some).missing).toEqual(["a: b", "a: c"]);
    const foreign = candidate("b", { architecture: "i386", index: i386, multiArch: "foreign" });
    expect(ofA([...some, foreign]).stays).toContain("b:i386");
    expect(ofA([...some, candidate("c", { architecture: "all" })]).stays).toContain("c:all");
  });

  it("are those that a qualifier names", () => {
    const b = (multiArch: string) =>
      candidate("b", { architecture: "i386", index: i386, multiArch });
    const a = (depends: string) => candidate("a", { depends });
    expect(ofA([a("b:any"), b("allowed")]).stays).toEqual(["a", "b:i386"]);
    expect(ofA([a("b:any"), b("same")]).missing).toEqual(["a: b:any"]);
    expect(ofA([a("b:any"), b("allowed"), candidate("b")]).stays).toEqual(["a", "b"]);
    expect(ofA([a("b:i386"), b("same"), candidate("b")]).stays).toEqual(["a", "b:i386"]);
    expect(ofA([a("b:native"), b("same"), candidate("b")]).stays).toEqual(["a", "b"]);
  });

  it("of a package for all are those whose indices list it, of a flat repository all", () => {
    const all = { architecture: "all", depends: "b" };
    const b = [candidate("b"), candidate("b", { architecture: "i386", index: i386 })];
    const copies = [candidate("a", all), candidate("a", { ...all, index: i386 })];
    expect(ofA([...copies, ...b]).stays).toEqual(["a:all", "b", "b:i386"]);
    expect(ofA([candidate("a", all), ...b]).stays).toEqual(["a:all", "b"]);
    const flat = candidate("a", {
      ...all,
      index: { suite: "./", component: "", architecture: "" },
    });
    expect(ofA([flat, ...b], "amd64", "i386").stays).toEqual(["a:all", "b", "b:i386"]);
    expect(ofA([flat, ...b]).stays).toEqual(["a:all", "b", "b:i386"]);
  });
});

describe("whatever packages depend on", () => {
  const names = ["a", "b", "c", "d", "e"];
  const relation = fc
    .tuple(fc.constantFrom(...names, "v"), fc.constantFrom("", " (>= 2)", " (<< 2)", " (= 1)"))
    .map(([name, constraint]) => name + constraint);
  const depends = fc
    .array(fc.array(relation, { minLength: 1, maxLength: 3 }), { maxLength: 3 })
    .map((groups) => groups.map((group) => group.join(" | ")).join(", "));
  const some = fc.uniqueArray(
    fc
      .tuple(
        fc.constantFrom(...names),
        fc.constantFrom("1", "2", "3"),
        depends,
        fc.constantFrom("", "", "v", "v (= 2)"),
        fc.constantFrom("stable", "updates"),
      )
      .map(([name, version, text, provides, suite]) =>
        candidate(name, { version, depends: text, provides, index: { suite } }),
      ),
    { maxLength: 12, selector: ({ path }) => path },
  );

  /** What meets a group, by the definition and nothing else. */
  const meets = (one: Candidate, text: string) =>
    parseRelations(text).some((group) =>
      group.some((wanted) => {
        if (!("package" in wanted)) return false;
        if (one.name === wanted.package && satisfies(one.version, wanted)) return true;
        const [[provided] = []] = one.provides === "" ? [] : parseRelations(one.provides);
        if (!provided || !("package" in provided) || provided.package !== wanted.package)
          return false;
        const { constraint } = provided;
        return !wanted.constraint || (!!constraint && satisfies(constraint.version, wanted));
      }),
    );
  const groupsOf = ({ depends: text }: Candidate) => (text === "" ? [] : text.split(", "));

  it("what stays has all that it needs, or it is told that nothing has it", () => {
    fc.assert(
      fc.property(
        some,
        fc.subarray(["^a", "^b"], { minLength: 1 }),
        (candidates, includePatterns) => {
          const given = { includePatterns, excludePatterns: ["e"] };
          const { selection, paths } = select(given, candidates);
          const stays = candidates.filter(({ path }) => paths.has(path));
          expect(stays.filter(({ name }) => name === "e")).toEqual([]);
          for (const one of stays) {
            for (const group of groupsOf(one)) {
              const met = stays.some((other) => meets(other, group));
              const told = selection.unsatisfied.some(
                ({ name, version, relation: text }) =>
                  name === one.name && version === one.version && text === group,
              );
              expect([group, met]).toEqual([group, !told]);
              const any = candidates.some((other) => other.name !== "e" && meets(other, group));
              expect([group, told]).toEqual([group, !any]);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("nothing is added but what a package that stays needs", () => {
    fc.assert(
      fc.property(some, (candidates) => {
        const { selection, paths } = select({ includePatterns: ["^a$"] }, candidates);
        for (const [at, verdict] of selection.verdicts.entries()) {
          if (!verdict.stays || verdict.why !== "dependency") continue;
          const { dependent } = verdict.needed;
          expect(paths).toContain(dependent.path);
          const added = candidates[at];
          expect(groupsOf(dependent).some((group) => added && meets(added, group))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("the order of packages decides nothing", () => {
    fc.assert(
      fc.property(some, (candidates) => {
        const one = select({ includePatterns: ["^a$"] }, candidates).stays;
        expect(select({ includePatterns: ["^a$"] }, candidates.toReversed()).stays).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });
});
