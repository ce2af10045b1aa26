import { describe, expect, test } from "vitest";
import { facts, file, mirrorKeys, parse, problem } from "./given.js";

describe("a value comes", () => {
  test("from the mirror before [defaults], and from there before the top of the file", () => {
    const text = `
      dir = "/srv/mirrors"
      retries = 1
      proxy = "http://top:1"
      stall_timeout = "1s"
      [defaults]
      sections = ["main"]
      architectures = ["amd64"]
      retries = 2
      proxy = "http://defaults:1"
      [mirrors.own]
      url = "http://a"
      suites = ["sid"]
      retries = 3
      proxy = "none"
      [mirrors.inherits]
      url = "http://a"
      suites = ["sid"]`;
    const [own, inherits] = parse(text).mirrors;
    expect(own).toMatchObject({ retries: 3, proxy: "none", stallTimeout: 1000 });
    expect(inherits).toMatchObject({
      retries: 2,
      proxy: "http://defaults:1/",
      stallTimeout: 1000,
      sections: ["main"],
      architectures: ["amd64"],
    });
  });

  test("for each index kind by itself", () => {
    const text = `
      [defaults.indices]
      contents = false
      dep11 = false
      ${file("", "indices = { dep11 = true }")}`;
    const [first] = parse(`dir = "/x"\n${text.replace('dir = "/srv/mirrors"', "")}`).mirrors;
    expect(first?.indices).toEqual({
      translations: "all",
      contents: false,
      commands: true,
      dep11: true,
      installer: false,
      pdiffs: false,
    });
  });

  test("for url and urls together: the mirror's own one replaces either", () => {
    const text = (own: string) => `
      dir = "/x"
      [defaults]
      urls = ["http://a", "http://b"]
      [mirrors.m]
      suites = ["x/"]
      ${own}`;
    expect(parse(text("")).mirrors[0]?.urls).toEqual(["http://a/", "http://b/"]);
    expect(parse(text('url = "http://c"')).mirrors[0]?.urls).toEqual(["http://c/"]);
  });

  test("from the environment before the file", () => {
    const env = {
      MIRRORCTL_DIR: "/env/",
      MIRRORCTL_MAX_CONNS: "7",
      MIRRORCTL_LOG_LEVEL: "debug",
      MIRRORCTL_LOG_FORMAT: "json",
    };
    const text = file('max_conns = 3\nlog = { level = "error", format = "plain" }');
    expect(parse(text, { env })).toMatchObject({
      dir: "/env",
      maxConns: 7,
      log: { level: "debug", format: "json" },
    });
  });

  test("not from an empty variable", () => {
    const env = { MIRRORCTL_DIR: "", MIRRORCTL_MAX_CONNS: "", MIRRORCTL_TLS_SERVER_NAME: "" };
    expect(parse(file("max_conns = 3"), { env })).toMatchObject({
      dir: "/srv/mirrors",
      maxConns: 3,
    });
  });

  test("from the overrides before all else", () => {
    const env = { MIRRORCTL_DIR: "/env", MIRRORCTL_LOG_LEVEL: "debug" };
    const overrides = { dir: "/flag", logLevel: "error", noPgpCheck: true };
    const config = parse(file("", "no_pgp_check = false"), { env, overrides });
    expect(config).toMatchObject({ dir: "/flag", log: { level: "error" } });
    expect(config.mirrors[0]?.noPgpCheck).toBe(true);
  });

  test("for dir from the environment alone, if it must", () => {
    expect(parse(file("", "", "dir"), { env: { MIRRORCTL_DIR: "/env" } }).dir).toBe("/env");
    expect(problem(file("", "", "dir"))).toMatchObject({
      code: "ERR_CONFIG_MISSING_KEY",
      path: "dir",
    });
  });
});

describe("a wrong value", () => {
  test.each([
    ["MIRRORCTL_MAX_CONNS", "0", "ERR_CONFIG_BAD_VALUE", "max_conns"],
    ["MIRRORCTL_MAX_CONNS", "ten", "ERR_CONFIG_BAD_VALUE", "max_conns"],
    ["MIRRORCTL_MAX_CONNS", "1e1", "ERR_CONFIG_BAD_VALUE", "max_conns"],
    ["MIRRORCTL_DIR", "relative", "ERR_CONFIG_BAD_PATH", "dir"],
    ["MIRRORCTL_LOG_LEVEL", "loud", "ERR_CONFIG_BAD_VALUE", "log.level"],
    ["MIRRORCTL_LOG_FORMAT", "xml", "ERR_CONFIG_BAD_VALUE", "log.format"],
  ])("of the environment names its variable: %s=%s", (variable, value, code, path) => {
    const found = problem(file(""), { env: { [variable]: value } });
    expect(found).toMatchObject({
      code,
      path,
      variable,
      file: "environment",
      found: JSON.stringify(value),
    });
    expect(found.line).toBeUndefined();
    expect(found.allowed).toBeTruthy();
  });

  test("of the overrides says that it is theirs", () => {
    expect(problem(file(""), { overrides: { dir: "x", logLevel: "info" } })).toMatchObject({
      code: "ERR_CONFIG_BAD_PATH",
      path: "dir",
      file: "overrides",
    });
  });

  test("of [defaults] is told once, where it stands", () => {
    const text = `
dir = "/x"
[defaults]
suites = ["sid", "../x"]
sections = ["main"]
architectures = ["amd64"]
[mirrors.a]
url = "http://a"
[mirrors.b]
url = "http://b"`;
    expect(problem(text)).toMatchObject({ path: "defaults.suites[1]", line: 4, column: 18 });
  });

  test("is told together with what is missing elsewhere", () => {
    expect(facts(`dir = 5\n[mirrors.a]\n${mirrorKeys("suites")}[mirrors.b]`)).toEqual([
      "ERR_CONFIG_WRONG_TYPE dir",
      "ERR_CONFIG_MISSING_KEY mirrors.a.suites",
      "ERR_CONFIG_MISSING_KEY mirrors.b.url",
      "ERR_CONFIG_MISSING_KEY mirrors.b.suites",
      "ERR_CONFIG_MISSING_KEY mirrors.b.sections",
      "ERR_CONFIG_MISSING_KEY mirrors.b.architectures",
    ]);
  });
});
