import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem, problems } from "./given.js";

const filters = (lines: string) => `[mirrors.m.filters]\n${lines}`;

describe("filters", () => {
  test("leave nothing out where they are not given", () => {
    expect(mirror("").filters).toEqual({
      keepVersions: 0,
      excludePatterns: [],
      includePatterns: [],
      sections: [],
      priorities: [],
      withDependencies: false,
      withRecommends: false,
    });
  });

  test("come out as they are given, the priorities in lower case", () => {
    const lines = filters(`keep_versions = 2
exclude_patterns = ["-dbg(sym)?$", "^linux-.*-rt-"]
include_patterns = []
sections = ["libs", "non-free/net"]
priorities = ["Required", "standard"]
with_dependencies = true
with_recommends = true
package_list = "/etc/mirrorctl//list.txt"`);
    expect(mirror(lines).filters).toEqual({
      keepVersions: 2,
      excludePatterns: ["-dbg(sym)?$", "^linux-.*-rt-"],
      includePatterns: [],
      sections: ["libs", "non-free/net"],
      priorities: ["required", "standard"],
      withDependencies: true,
      withRecommends: true,
      packageList: "/etc/mirrorctl/list.txt",
    });
  });

  test("are inherited key by key", () => {
    const text = file("[defaults.filters]\nkeep_versions = 3\nsections = ['libs']");
    const [own] = parse(`${text}[mirrors.m.filters]\nkeep_versions = 0`).mirrors;
    expect(own?.filters).toMatchObject({ keepVersions: 0, sections: ["libs"] });
  });

  test.each([
    ["(?<=lib)foo", /look-behind/],
    ["foo(?!-dev)", /look-ahead/],
    ["(foo", /missing closing/],
    ["[z-a]", /z-a/],
    ["(a)\\\\1", /escape/],
    ["(a{1000}){1000}", /repeat/],
    ["", /expected/],
  ])("refuse a pattern that is none, with its place: %s", (pattern, reason) => {
    const lines = filters(`include_patterns = ["x"]\nexclude_patterns = ["ok", "${pattern}"]`);
    const found = problem(file("", lines));
    expect(found).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "mirrors.m.filters.exclude_patterns[1]",
    });
    expect(found.line).toBeGreaterThan(1);
    expect(found.message).toMatch(reason);
  });

  test("refuse what is no priority, and say which is meant", () => {
    const found = problem(file("", filters("priorities = ['requird']")));
    expect(found).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE", suggestion: "required" });
  });

  test("refuse recommends without dependencies, once where it stands", () => {
    const lines = filters("with_recommends = true");
    expect(problem(file("", lines))).toMatchObject({
      code: "ERR_CONFIG_CONFLICT",
      path: "mirrors.m.filters.with_recommends",
    });
    const text = file("[defaults.filters]\nwith_recommends = true");
    expect(problems(text)).toMatchObject([{ path: "defaults.filters.with_recommends" }]);
    expect(parse(`${text}[mirrors.m.filters]\nwith_dependencies = true`).mirrors).toHaveLength(1);
  });
});
