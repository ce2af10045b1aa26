import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem, problems } from "./given.js";

describe("trace", () => {
  test("names the full name of a host, and is absent without it", () => {
    expect(mirror("")).not.toHaveProperty("trace");
    expect(mirror('trace.host = "MIRROR.example.org"').trace).toEqual({
      host: "mirror.example.org",
    });
  });

  test("comes key by key from the mirror before [defaults]", () => {
    const top = '[defaults.trace]\nmaintainer = "somebody"\nhost = "c.d"';
    expect(parse(file(top, 'trace.host = "a.b"')).mirrors[0]?.trace).toEqual({
      host: "a.b",
      maintainer: "somebody",
    });
  });

  test.each([
    '"master"',
    '"_traces"',
    '"_hierarchy.org"',
    '"mirror"',
    '"../a.b"',
    '"a.b/c"',
    '"a..b"',
    '".a.b"',
    '"192.0.2.1"',
    '"a.b:80"',
    '"http://a.b"',
    '""',
    '"a.b\\n"',
  ])("has no host %s", (name) => {
    expect(problem(file("", `trace.host = ${name}`))).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
    });
  });

  test.each(['""', '" "', '"a\\nArchive serial: 2026010101"', '"\\u001b[2J"', '"\\u202e"'])(
    "has no maintainer %s",
    (text) => {
      const given = `trace = { host = "a.b", maintainer = ${text} }`;
      expect(problem(file("", given))).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE" });
    },
  );

  test.each([
    ["", 'trace.maintainer = "x"', "ERR_CONFIG_CONFLICT", "mirrors.m.trace.maintainer"],
    ['[defaults.trace]\nmaintainer = "x"', "", "ERR_CONFIG_CONFLICT", "defaults.trace.maintainer"],
    ["", 'trace = "a.b"', "ERR_CONFIG_WRONG_TYPE", "mirrors.m.trace"],
    ["", 'trace.name = "a.b"', "ERR_CONFIG_UNKNOWN_KEY", "mirrors.m.trace.name"],
  ])("refuses %s%s", (top, lines, code, path) => {
    expect(problem(file(top, lines))).toMatchObject({ code, path });
  });

  test("is reported once where the host is wrong", () => {
    const lines = 'trace = { host = "master", maintainer = "x" }';
    expect(problems(file("", lines))).toHaveLength(1);
  });
});
