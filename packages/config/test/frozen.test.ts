import { describe, expect, test } from "vitest";
import { facts, file, mirror, mirrorKeys, parse, problem } from "./given.js";

describe("frozen", () => {
  test("names some or all of the suites, in their normal form", () => {
    const lines = 'suites = ["jessie", "buster", "./flat//x/"]';
    const given = (frozen: string) => mirror(`${lines}\nfrozen = ${frozen}`, "suites").frozen;
    expect(given("[]")).toEqual([]);
    expect(given('["buster"]')).toEqual(["buster"]);
    expect(given('["flat/x/", "jessie", "buster"]')).toEqual(["flat/x/", "jessie", "buster"]);
  });

  test.each([
    ["jesie", "jessie"],
    ["buster/", "buster"],
    ["noble", undefined],
  ])(
    "that names %s, which is no suite of the mirror, is refused with a suggestion",
    (given, near) => {
      const lines = `suites = ["jessie", "buster"]\nfrozen = ["buster", "${given}"]`;
      const found = problem(file("", lines, "suites"));
      expect(found).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE", path: "mirrors.m.frozen[1]" });
      expect(found.allowed).toBe('"jessie" or "buster"');
      expect(found.suggestion).toBe(near);
    },
  );

  test("names each suite once, as a list and no text", () => {
    expect(facts(file("", 'frozen = ["bookworm", "bookworm"]'))).toEqual([
      "ERR_CONFIG_DUPLICATE_VALUE mirrors.m.frozen[1]",
    ]);
    expect(facts(file("", 'frozen = "bookworm"'))).toEqual([
      "ERR_CONFIG_WRONG_TYPE mirrors.m.frozen",
    ]);
  });

  test("in [defaults] is held against the suites of every mirror, and told once", () => {
    const text = (frozen: string, more = "") => `dir = "/x"
[defaults]
frozen = ${frozen}
${mirrorKeys()}
[mirrors.a]
[mirrors.b]
suites = ["trixie"]
${more}`;
    expect(facts(text('["bookworm"]'))).toEqual(["ERR_CONFIG_BAD_VALUE defaults.frozen[0]"]);
    expect(facts(text('["x", "y"]'))).toEqual([
      "ERR_CONFIG_BAD_VALUE defaults.frozen[0]",
      "ERR_CONFIG_BAD_VALUE defaults.frozen[1]",
    ]);
    expect(parse(text('["bookworm"]', "frozen = []")).mirrors.map(({ frozen }) => frozen)).toEqual([
      ["bookworm"],
      [],
    ]);
  });

  test("is not held against suites that are wrong themselves", () => {
    expect(facts(file("", 'suites = ["..", "jessie"]\nfrozen = ["buster"]', "suites"))).toEqual([
      "ERR_CONFIG_BAD_VALUE mirrors.m.suites[0]",
    ]);
  });
});
