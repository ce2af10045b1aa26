import { describe, expect, test } from "vitest";
import { parseConfig } from "../src/index.js";
import { errorOf, facts, file, mirrorKeys, parse, problem, problems } from "./given.js";

describe("an unknown key", () => {
  test.each([
    ["mirror.x", "[mirror.x]", "mirrors.x"],
    ["mirror", "mirror = 5", "mirrors"],
    ["defualts", "[defualts]", "defaults"],
    ["default", "[default]", "defaults"],
    ["max-conns", "max-conns = 1", "max_conns"],
    ["threads", "threads = 1", "max_conns"],
    ["base_path", "base_path = '/x'", "dir"],
    ["log_level", "log_level = 'info'", "log.level"],
    ["level", "level = 'info'", "log.level"],
    ["Parallel", "Parallel = 1", "parallel"],
    ["suites", "suites = ['sid']", "defaults.suites"],
    ["snapshots", "[snapshots]", "snapshot"],
    ["log.lvel", "[log]\nlvel = 'info'", "log.level"],
    ["log.parallel", "[log]\nparallel = 4", "parallel"],
    ["zzz", "zzz = 1", undefined],
    ["constructor", "constructor = 1", undefined],
    ["__proto__", "__proto__ = 1", undefined],
    ["toString", "toString = 1", undefined],
    ['"dir."', '"dir." = 1', "dir"],
    ['"log.level"', '"log.level" = 1', "log.level"],
  ])("%s gets the key that was meant: %s", (path, lines, suggestion) => {
    const found = problem(file(`dir = "/x"\n${lines}`));
    expect(found).toMatchObject({ code: "ERR_CONFIG_UNKNOWN_KEY", path });
    expect(found.suggestion).toBe(suggestion);
  });

  test.each([
    ["architecture", "architectures"],
    ["arch", "architectures"],
    ["component", "sections"],
    ["Components", "sections"],
    ["section", "sections"],
    ["dist", "suites"],
    ["suits", "suites"],
    ["uri", "url"],
    ["signed-by", "pgp_key_path"],
    ["no_gpg_check", "no_pgp_check"],
    ["deb-src", "mirror_source"],
    ["translations", "indices.translations"],
    ["exclude_pattern", "filters.exclude_patterns"],
  ])("of a mirror gets its neighbour: %s, %s", (key, suggestion) => {
    const found = problem(file("", `${key} = 5`));
    expect(found).toMatchObject({ code: "ERR_CONFIG_UNKNOWN_KEY", path: `mirrors.m.${key}` });
    if (key !== "exclude_pattern") expect(found.suggestion).toBe(`mirrors.m.${suggestion}`);
  });

  test("that belongs to the top of the file is sent there", () => {
    expect(problem(file("", "max_conns = 5")).suggestion).toBe("max_conns");
  });

  test("accounts for the required one that it was meant to be", () => {
    const text = `dri = "/x"\n[mirrors.m]\n${mirrorKeys("architectures", "url")}arch = 1\nuri = 1`;
    expect(facts(text)).toEqual([
      "ERR_CONFIG_UNKNOWN_KEY dri",
      "ERR_CONFIG_UNKNOWN_KEY mirrors.m.arch",
      "ERR_CONFIG_UNKNOWN_KEY mirrors.m.uri",
    ]);
  });

  test("[mirror.x] is told for each of its tables, and not once more as no mirrors", () => {
    const found = problems('dir = "/x"\n[mirror.a]\nx = 1\n[mirror.b]\nx = 1');
    expect(found.map(({ path, line, suggestion }) => [path, line, suggestion])).toEqual([
      ["mirror.a", 2, "mirrors.a"],
      ["mirror.b", 4, "mirrors.b"],
    ]);
  });

  test("never makes the report grow without bound", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `unknown${n} = 1`).join("\n");
    expect(problems(lines)).toHaveLength(1000);
  });
});

describe("a mirror", () => {
  test.each(["Debian", "a.b", "-x", "_x", "a b", "", "..", "__proto__", "ä", "x".repeat(129)])(
    "is not named %j",
    (id) => {
      const text = `dir = "/x"\n[mirrors."${id}"]\n${mirrorKeys()}`;
      expect(problem(text)).toMatchObject({ code: "ERR_CONFIG_BAD_MIRROR_ID", line: 2 });
    },
  );

  test.each(["constructor", "hasownproperty", "0", "a-b_c"])("may be named %s", (id) => {
    expect(parse(`dir = "/x"\n[mirrors.${id}]\n${mirrorKeys()}`).mirrors[0]?.id).toBe(id);
  });

  test("with a bad name is told a good one", () => {
    const text = `dir = "/x"\n[mirrors."Ubuntu Noble"]\n${mirrorKeys()}`;
    expect(problem(text).suggestion).toBe("mirrors.ubuntu-noble");
  });

  test("is needed", () => {
    expect(problem('dir = "/x"').code).toBe("ERR_CONFIG_NO_MIRRORS");
    expect(problem('dir = "/x"\n[mirrors]').code).toBe("ERR_CONFIG_NO_MIRRORS");
  });

  test("is a table", () => {
    expect(problem('dir = "/x"\nmirrors = 5')).toMatchObject({
      code: "ERR_CONFIG_WRONG_TYPE",
      path: "mirrors",
    });
    expect(problem('dir = "/x"\n[mirrors]\nx = 5')).toMatchObject({
      code: "ERR_CONFIG_WRONG_TYPE",
      path: "mirrors.x",
    });
    expect(problem('dir = "/x"\n[[mirrors.x]]\na = 5').code).toBe("ERR_CONFIG_WRONG_TYPE");
  });

  test("without its required keys is told them at its header", () => {
    const found = problem(`dir = "/x"\n\n  [mirrors.m]\n${mirrorKeys("sections")}`);
    expect(found).toMatchObject({
      code: "ERR_CONFIG_MISSING_KEY",
      path: "mirrors.m.sections",
      line: 3,
      column: 3,
    });
  });
});

describe("a problem", () => {
  test("says where, what was found and what is allowed", () => {
    expect(problem(file("", "by_hash = 'maybe'\n"))).toEqual({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "mirrors.m.by_hash",
      file: "mirror.toml",
      line: 8,
      column: 1,
      message: expect.stringContaining("mirrors.m.by_hash"),
      found: '"maybe"',
      allowed: '"auto", "yes" or "no"',
    });
  });

  test("of a list says which element", () => {
    const found = problem(file("", "suites = [\n  'sid',\n  5,\n]", "suites"));
    expect(found).toMatchObject({ path: "mirrors.m.suites[1]", line: 9, column: 3, found: "5" });
  });

  test("of one element does not hide those of the others", () => {
    expect(facts(file("", "suites = ['sid', 5, '../x', 'sid']", "suites"))).toEqual([
      "ERR_CONFIG_WRONG_TYPE mirrors.m.suites[1]",
      "ERR_CONFIG_BAD_VALUE mirrors.m.suites[2]",
      "ERR_CONFIG_DUPLICATE_VALUE mirrors.m.suites[3]",
    ]);
  });

  test.each([
    ["suites = 'sid'", "suites", '["sid"]'],
    ["urls = 'http://a'", "url", '["http://a"]'],
    ["urls = 'http://me:pw@a'", "url", undefined],
    ["url = ['http://a']", "url", "mirrors.m.urls"],
    ["retries = '5'", "", "5"],
    ["retries = 'five'", "", undefined],
    ["mirror_source = 'True'", "", "true"],
    ["mirror_source = 'yes'", "", "true"],
    ["mirror_source = 0", "", "false"],
    ["by_hash = 'atuo'", "", "auto"],
    ["by_hash = true", "", "yes"],
    ["by_hash = false", "", "no"],
    ["indices = { translations = 'de' }", "", '["de"]'],
    ["indices = { translations = true }", "", "all"],
    ["max_future = 10", "", undefined],
  ])("suggests the value that was meant: %s", (line, without, suggestion) => {
    expect(problem(file("", line, ...line.split(" ").slice(0, 1), without)).suggestion).toBe(
      suggestion,
    );
  });

  test("suggests the level that was meant", () => {
    expect(problem(file("log = { level = 'debgu' }")).suggestion).toBe("debug");
  });

  test("is one line, whatever the file holds", () => {
    const nasty = '"a\\nb\\u001b[31m\\u202e\\u009b\\u2028"';
    for (const { message, path } of [
      problem(file(`${nasty} = 1`)),
      problem(file("", `by_hash = ${nasty}`)),
      problem(file("", `suites = [${nasty}]`, "suites")),
      problem(`dir = "/x"\n[mirrors.${nasty}]\n${mirrorKeys()}`),
    ]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(message + path).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/);
    }
  });

  test("shows a long value shortened", () => {
    expect(problem(file("", `by_hash = "${"x".repeat(10_000)}"`)).message.length).toBeLessThan(300);
  });

  test("shares its code with the error if it is alone, or of one kind", () => {
    expect(errorOf(() => parse(file("a = 1\nb = 1"))).code).toBe("ERR_CONFIG_UNKNOWN_KEY");
    expect(errorOf(() => parse(file("a = 1\nmax_conns = 0"))).code).toBe("ERR_CONFIG_INVALID");
  });
});

describe("TOML that is none", () => {
  test("is told with line, column and the lines around it", () => {
    const found = problem("dir = '/x'\nmax_conns = = 3\nparallel = 1");
    expect(found).toMatchObject({ code: "ERR_CONFIG_BAD_TOML", line: 2, column: 13, path: "" });
    expect(found.frame?.split("\n")).toHaveLength(4);
    expect(found.frame).toContain("max_conns = = 3");
  });

  test.each([
    ["a key given twice", "a = 1\na = 2", 2],
    ["a table given twice", "[a]\n[b]\n[a]", 3],
    ["an open string", 'a = "b', 1],
  ])("is refused: %s", (_, text, line) => {
    expect(problem(text)).toMatchObject({ code: "ERR_CONFIG_BAD_TOML", line });
  });

  test.each([
    ["dotted keys", `${"a.".repeat(100_000)}a = 1`],
    ["lists", `a = ${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["a header", `[${"a.".repeat(50)}a]`],
  ])("is refused for its depth: %s", (_, text) => {
    expect(problem(text).code).toBe("ERR_CONFIG_BAD_TOML");
  });

  test("may begin with a byte order mark and have CRLF", () => {
    const text = `\ufeff${file("by = 1", "").replaceAll("\n", "\r\n")}`;
    expect(problem(text)).toMatchObject({ path: "by", line: 2, column: 1 });
  });

  test("does not keep the problems of the other files from being told", () => {
    const sources = [
      { path: "a.toml", text: 'dir = "/x"\nunknown = 1' },
      { path: "b.toml", text: "[mirrors" },
      { path: "c.toml", text: "[mirrors.m]\nby_hash = 5" },
    ];
    const { problems: found } = errorOf(() => parseConfig(sources, { env: {} }));
    expect(found.map(({ file: name, code }) => [name, code])).toEqual([
      ["a.toml", "ERR_CONFIG_UNKNOWN_KEY"],
      ["b.toml", "ERR_CONFIG_BAD_TOML"],
      ["c.toml", "ERR_CONFIG_WRONG_TYPE"],
    ]);
  });
});

describe("several files", () => {
  test("make one configuration", () => {
    const config = parseConfig(
      [
        { path: "mirror.toml", text: "dir = '/x'\n[mirrors.b]\nurl='http://b'\nsuites=['x/']" },
        { path: "mirror.d/a.toml", text: "parallel = 2" },
        { path: "mirror.d/b.toml", text: "[mirrors.a]\nurl='http://a'\nsuites=['x/']" },
      ],
      { env: {} },
    );
    expect(config).toMatchObject({ path: "mirror.toml", dir: "/x", parallel: 2 });
    expect(config.mirrors.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test.each([
    ["a key", "parallel = 1", "parallel = 1", "parallel"],
    ["a table", "log = { level = 'info' }", "\n[log]\nformat = 'json'", "log"],
    ["a mirror", "[mirrors.x]", "\n[mirrors.x.indices]", "mirrors.x"],
    ["mirrors of another type", "mirrors = 5", "\n[mirrors.x]", "mirrors"],
    ["mirrors of another type, too late", "[mirrors.x]", "\nmirrors = 5", "mirrors"],
    ["a key that is refused", "[serve]", "[serve]", "serve"],
    ["a table of tables", "[tls]", "[tls]", "tls"],
  ])("do not both give %s", (_, first, second, path) => {
    const sources = [
      { path: "mirror.toml", text: first },
      { path: "mirror.d/x.toml", text: second },
    ];
    const { problems: found } = errorOf(() => parseConfig(sources, { env: {} }));
    const line = second.startsWith("\n") ? 2 : 1;
    expect(found).toContainEqual({
      code: "ERR_CONFIG_DUPLICATE_KEY",
      path,
      file: "mirror.d/x.toml",
      otherFile: "mirror.toml",
      line,
      column: 1,
      message: expect.stringMatching(/mirror\.toml.*mirror\.d\/x\.toml/),
    });
  });

  test("have their problems told under their own names", () => {
    const sources = [
      { path: "mirror.toml", text: file("") },
      { path: "mirror.d/x.toml", text: `\n\n[mirrors.x]\n${mirrorKeys("url")}\nurl = 5` },
    ];
    const [found] = errorOf(() => parseConfig(sources, { env: {} })).problems;
    expect(found).toMatchObject({ file: "mirror.d/x.toml", path: "mirrors.x.url", line: 8 });
  });
});
