import { describe, expect, test } from "vitest";
import { file, mirror, parse, problem } from "./given.js";

describe("trace", () => {
  test("is the full name of a host, and none without it", () => {
    expect(mirror('trace = "MIRROR.example.org"').trace).toEqual({ host: "mirror.example.org" });
    expect(mirror('trace_maintainer = "somebody"').trace).toBeUndefined();
    const top = '[defaults]\ntrace_maintainer = "somebody"';
    expect(parse(file(top, 'trace = "a.b"')).mirrors[0]?.trace).toEqual({
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
  ])("is not %s", (name) => {
    expect(problem(file("", `trace = ${name}`))).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE" });
  });

  test.each(['""', '" "', '"a\\nArchive serial: 2026010101"', '"\\u001b[2J"', '"\\u202e"'])(
    "has no maintainer %s",
    (text) => {
      const given = `trace = "a.b"\ntrace_maintainer = ${text}`;
      expect(problem(file("", given))).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE" });
    },
  );
});
