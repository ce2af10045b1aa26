// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatGoTime } from "../src/index.js";
import { facts, file, mirror, mirrorKeys, parse, problem, problems } from "./given.js";

/** A file with these lines at the top, and mirrors that have these lines besides the usual ones. */
function mirrors(top: string, given: Record<string, string>): string {
  const tables = Object.entries(given).map(
    ([id, lines]) => `[mirrors.${id}]\n${mirrorKeys()}${lines}\n`,
  );
  return `dir = "/srv/mirrors"\n${top}\n${tables.join("")}`;
}

describe("snapshots are automatic", () => {
  test.each([
    ["a table at the top", "[snapshot]", "", [true, true]],
    ["a table at the top that only prunes", "[snapshot.prune]", "", [true, true]],
    ["a table of the defaults", "[defaults.snapshot]", "", [true, true]],
    ["a table of the mirror", "", "snapshot = {}", [true, false]],
    ["publish_to_staging", "", "publish_to_staging = true", [true, false]],
    ["publish_to_staging of the defaults", "defaults.publish_to_staging = true", "", [true, true]],
    ["nothing", "", "", [false, false]],
    [
      "publish_to_staging that a mirror takes back",
      "defaults.publish_to_staging = true",
      "publish_to_staging = false",
      [false, true],
    ],
  ])("by %s", (_, top, own, expected) => {
    const config = parse(mirrors(top, { a: own, b: "" }));
    expect(config.mirrors.map(({ snapshot }) => snapshot.automatic)).toEqual(expected);
  });
});

describe("the keys of [snapshot]", () => {
  test("come one by one from the mirror, [defaults] and the top", () => {
    const top = `
      [snapshot]
      path = "/s"
      default_name_format = "2006"
      allow_copy = true
      [snapshot.prune]
      keep_last = 1
      keep_within = "1d"
      [defaults.snapshot]
      default_name_format = "2006-01"
      environments = ["a", "b"]
      [defaults.snapshot.prune]
      keep_last = 2`;
    const own = `
      [mirrors.m.snapshot]
      environments = ["c"]
      [mirrors.m.snapshot.prune]
      keep_within = "0s"`;
    const [first, second] = parse(mirrors(top, { m: own, n: "" })).mirrors;
    expect(first?.snapshot).toEqual({
      path: "/s",
      nameFormat: "2006-01",
      environments: ["c"],
      allowCopy: true,
      automatic: true,
      keepLast: 2,
      keepWithin: 0,
    });
    expect(second?.snapshot).toMatchObject({ environments: ["a", "b"], keepWithin: 86_400_000 });
  });

  test("have their default path follow dir, wherever that comes from", () => {
    const config = parse(file(""), { overrides: { dir: "/flag/" } });
    expect(config.mirrors[0]?.snapshot.path).toBe("/flag/.mirrorctl/snapshots");
  });

  test("have their paths expanded", () => {
    const text = file("snapshot = { path = '~/s', environments = ['${WWW}/{mirror}', '~/p'] }");
    const [first] = parse(text, { env: { WWW: "/srv/www" }, home: "/home/me" }).mirrors;
    expect(first?.snapshot).toMatchObject({
      path: "/home/me/s",
      environments: ["/srv/www/m", "/home/me/p"],
    });
  });

  test.each([
    ["path = 'relative'", "ERR_CONFIG_BAD_PATH", "path"],
    ["path = '${NONE}/x'", "ERR_CONFIG_UNDEFINED_NAME", "path"],
    ["path = ['/x']", "ERR_CONFIG_WRONG_TYPE", "path"],
    ["allow_copy = 'yes'", "ERR_CONFIG_WRONG_TYPE", "allow_copy"],
    ["prune = { keep_last = -1 }", "ERR_CONFIG_BAD_VALUE", "prune.keep_last"],
    ["prune = { keep_last = 1.5 }", "ERR_CONFIG_WRONG_TYPE", "prune.keep_last"],
    ["prune = { keep_within = '30' }", "ERR_CONFIG_BAD_DURATION", "prune.keep_within"],
    ["prune = 5", "ERR_CONFIG_WRONG_TYPE", "prune"],
    ["keep_last = 5", "ERR_CONFIG_UNKNOWN_KEY", "keep_last"],
  ])("are refused at every place: %s", (line, code, key) => {
    for (const table of ["snapshot", "defaults.snapshot", "mirrors.m.snapshot"]) {
      const text = file("").replace("[mirrors.m]", `[${table}]\n${line}\n[mirrors.m]`);
      expect(problem(text)).toMatchObject({ code, path: `${table}.${key}` });
    }
  });
});

describe("default_name_format", () => {
  test.each([
    "2006-01-02T15-04-05Z",
    "20060102T150405Z",
    "20060102T150405.000Z",
    "nightly-2006_002",
    "v2006.01.02",
    "Monday",
    "Jan02",
    "2006-01-02T15-04-05Z0700",
    "3PM",
    "05.999",
  ])("may be %s", (layout) => {
    expect(mirror(`snapshot.default_name_format = "${layout}"`).snapshot.nameFormat).toBe(layout);
  });

  test.each([
    ["2006/01/02"],
    ["15:04:05"],
    ["2006-01-02 15-04"],
    ["2006-01-02T15:04:05Z07:00"],
    ["2006-0700"],
    ["Jan_2"],
    ["__2"],
    [".000"],
    [".9992006"],
    ["05,000"],
    ["-2006"],
    ["_2006"],
    [".2006"],
    ["2006é"],
    ["2006\\u0000"],
    ["2006\\n"],
    ["../2006"],
    [`2006${"x".repeat(190)}`],
  ])("is not %s, which makes names that are none", (layout) => {
    const found = problem(file(`snapshot.default_name_format = "${layout}"`));
    expect(found).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "snapshot.default_name_format",
    });
  });

  test.each(["", "nightly", "snapshot", "MST", "Z07", "ZMSTZ0700", "latest"])(
    "is not %j, which makes one name for all times",
    (layout) => {
      expect(problem(file(`snapshot.default_name_format = "${layout}"`)).code).toBe(
        "ERR_CONFIG_BAD_VALUE",
      );
    },
  );

  test("makes good names at all times once it is accepted", () => {
    const part = fc.constantFrom(
      ...[
        "2006",
        "06",
        "Jan",
        "January",
        "1",
        "01",
        "Mon",
        "Monday",
        "2",
        "_2",
        "02",
        "__2",
        "002",
      ],
      ...["15", "3", "03", "4", "5", "PM", "pm", "MST", "Z07:00", "-0700", ".000", ".999", ",0"],
      ...["-", "_", ".", "x", "0", "9", " ", "T", "Z", "a"],
    );
    const time = fc.date({
      noInvalidDate: true,
      min: new Date("1970-01-01"),
      max: new Date("9999-12-31"),
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.array(time, { minLength: 20, maxLength: 20 }),
        (parts, times) => {
          const layout = parts.join("");
          const isRefused = times.some(
            (one) => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(formatGoTime(layout, one)),
          );
          try {
            parse(file(`snapshot.default_name_format = '${layout}'`));
            accepted += 1;
          } catch {
            return;
          }
          expect(isRefused).toBe(false);
        },
      ),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe("environments", () => {
  test.each([
    [["'a'"], ["a"]],
    [
      ["'test'", "'pre-prod_1.2'", "'current'"],
      ["test", "pre-prod_1.2", "current"],
    ],
    [
      ["'0'", "'/srv/www/prod/'"],
      ["0", "/srv/www/prod"],
    ],
    [
      ["'/srv/{mirror}/x'", "'/srv/x-{mirror}-{mirror}'"],
      ["/srv/m/x", "/srv/x-m-m"],
    ],
  ])("may be %j", (given, expected) => {
    const { snapshot } = mirror(`snapshot.environments = [${given.join(", ")}]`);
    expect(snapshot.environments).toEqual(expected);
  });

  test.each([
    ["latest", "ERR_CONFIG_BAD_VALUE"],
    ["snapshots", "ERR_CONFIG_BAD_VALUE"],
    [".staging", "ERR_CONFIG_BAD_VALUE"],
    ["..", "ERR_CONFIG_BAD_VALUE"],
    ["", "ERR_CONFIG_BAD_VALUE"],
    ["a b", "ERR_CONFIG_BAD_VALUE"],
    ["-x", "ERR_CONFIG_BAD_VALUE"],
    ["{mirror}", "ERR_CONFIG_BAD_VALUE"],
    ["x".repeat(201), "ERR_CONFIG_BAD_VALUE"],
    ["a/b", "ERR_CONFIG_BAD_PATH"],
    ["./a", "ERR_CONFIG_BAD_PATH"],
    ["/", "ERR_CONFIG_BAD_PATH"],
    ["/srv/../www/prod", "ERR_CONFIG_BAD_PATH"],
    ["/srv/.prod", "ERR_CONFIG_BAD_PATH"],
    ["/srv/{Mirror}", "ERR_CONFIG_BAD_PATH"],
    ["/srv/{id}", "ERR_CONFIG_BAD_PATH"],
    ["${NONE}/x", "ERR_CONFIG_UNDEFINED_NAME"],
    ["~/x", "ERR_CONFIG_UNDEFINED_NAME"],
  ])("hold no %j", (environment, code) => {
    expect(problem(file(`snapshot.environments = ["ok", "${environment}"]`))).toMatchObject({
      code,
      path: "snapshot.environments[1]",
    });
  });

  test("are at least one, and each named once", () => {
    expect(problem(file("snapshot.environments = []")).code).toBe("ERR_CONFIG_BAD_VALUE");
    expect(problem(file("snapshot.environments = ['a', 'b', 'a']"))).toMatchObject({
      code: "ERR_CONFIG_DUPLICATE_VALUE",
      path: "snapshot.environments[2]",
    });
    expect(problem(file("snapshot.environments = ['/a', '//a/.']")).code).toBe(
      "ERR_CONFIG_DUPLICATE_VALUE",
    );
    expect(problem(file("snapshot.environments = 'staging'")).suggestion).toBe('["staging"]');
  });

  test("are no path that several mirrors share, and the mirrors are named", () => {
    for (const top of ["snapshot", "defaults.snapshot"]) {
      const text = mirrors(`${top}.environments = ["staging", "/srv/www"]`, {
        a: "",
        b: "",
        c: "",
      });
      const found = problem(text);
      expect(found).toMatchObject({
        code: "ERR_CONFIG_CONFLICT",
        path: `${top}.environments[1]`,
        line: 2,
        suggestion: "/srv/www/{mirror}",
      });
      expect(found.message).toContain("(a, b, c)");
    }
  });

  test("may be a path without {mirror} where one mirror alone uses it", () => {
    const top = 'snapshot.environments = ["/srv/www"]';
    const own = 'snapshot.environments = ["staging"]';
    expect(parse(mirrors(top, { a: "", b: own })).mirrors[0]?.snapshot.environments).toEqual([
      "/srv/www",
    ]);
  });

  test.each([
    ["two mirrors with one path", "/srv/www", "/srv/www"],
    ["a path below that of another mirror", "/srv/www", "/srv/www/x/y"],
    ["a path above that of another mirror", "/srv/www/x/y", "/srv/www"],
    ["a path with {mirror} that becomes that of another", "/srv/b", "/srv/{mirror}"],
  ])("do not collide: %s", (_, first, second) => {
    const own = (path: string) => `snapshot.environments = ["${path}"]`;
    expect(facts(mirrors("", { a: own(first), b: own(second) }))).toEqual([
      "ERR_CONFIG_CONFLICT mirrors.b.snapshot.environments[0]",
    ]);
  });

  test("do not collide with each other in one mirror", () => {
    expect(facts(mirrors("", { a: 'snapshot.environments = ["/s/{mirror}", "/s/a"]' }))).toEqual([
      "ERR_CONFIG_CONFLICT mirrors.a.snapshot.environments[1]",
    ]);
  });

  test("have each collision told, and none of the mirror that was there before", () => {
    const b = 'snapshot.environments = ["/srv/www/b", "/srv/mirrors/a/x", "/srv"]';
    const found = facts(mirrors("", { a: 'snapshot.environments = ["/srv/www"]', b }));
    expect(found.sort()).toEqual([
      "ERR_CONFIG_CONFLICT mirrors.b.snapshot.environments[0]",
      "ERR_CONFIG_CONFLICT mirrors.b.snapshot.environments[1]",
      "ERR_CONFIG_CONFLICT mirrors.b.snapshot.environments[2]",
    ]);
  });

  test("collide exactly where one path is, or lies below, another", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "a-", "{mirror}"), { minLength: 1, maxLength: 3 })
      .map((names) => `/p/${names.join("/")}`);
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 3 }), path, (first, second) => {
        const environments = (paths: string[]) =>
          `snapshot.environments = ${JSON.stringify(paths)}`;
        const text = mirrors("", { a: environments(first), b: environments([second]) });
        const places = [
          ...first.map((one) => one.replaceAll("{mirror}", "a")),
          second.replaceAll("{mirror}", "b"),
        ];
        const collide = places.some((one, i) =>
          places.some((other, j) => i !== j && (one === other || one.startsWith(`${other}/`))),
        );
        if (collide) expect(facts(text).every((fact) => /CONFLICT/.test(fact))).toBe(true);
        else expect(parse(text).mirrors).toHaveLength(2);
      }),
      { numRuns: 300 },
    );
  });

  test("may lie side by side", () => {
    const top = 'snapshot.environments = ["/srv/www/{mirror}", "/srv/www/{mirror}-prod"]';
    expect(parse(mirrors(top, { a: "", "a-x": "", b: "" })).mirrors).toHaveLength(3);
  });

  test.each([
    ["of the mirror", "/srv/mirrors/m/prod"],
    ["of the mirror, at its very place", "/srv/mirrors/m"],
    ["of another mirror", "/srv/mirrors/n/x"],
    ["of all mirrors", "/srv/mirrors"],
    ["above all mirrors", "/srv"],
    ["of the store's own files", "/srv/mirrors/.mirrorctl/locks/x"],
    ["of the mirror's snapshots", "/snaps/m/x"],
    ["of all snapshots", "/snaps"],
  ])("lie in no directory %s", (_, path) => {
    const own = `snapshot = { path = "/snaps", environments = ["staging", "${path}"] }`;
    expect(facts(mirrors("", { m: own, n: "" }))).toEqual([
      "ERR_CONFIG_CONFLICT mirrors.m.snapshot.environments[1]",
    ]);
  });
});

describe("[snapshot] path", () => {
  test.each(["/var/lib/mirrorctl/snapshots", "/srv/snapshots", "/srv/mirrors/snapshots"])(
    "may be %s",
    (path) => {
      const config = parse(mirrors(`snapshot.path = "${path}"`, { a: "", b: "" }));
      expect(config.mirrors[1]?.snapshot.path).toBe(path);
    },
  );

  test("may be given as it is by default", () => {
    const path = "/srv/mirrors/.mirrorctl/snapshots";
    expect(mirror(`snapshot.path = "${path}"`).snapshot.path).toBe(path);
  });

  test.each([
    ["dir itself", "/srv/mirrors"],
    ["the directory of a mirror", "/srv/mirrors/b"],
    ["the trees of the store", "/srv/mirrors/.mirrorctl/trees"],
    ["the store's own directory", "/srv/mirrors/.mirrorctl"],
  ])("is not %s", (_, path) => {
    expect(facts(mirrors(`snapshot.path = "${path}"`, { a: "", b: "" }))).toEqual([
      "ERR_CONFIG_CONFLICT snapshot.path",
    ]);
  });

  test("does not lie in the snapshots of another mirror", () => {
    const text = mirrors("snapshot.path = '/s'", { a: "", b: "snapshot.path = '/s/a'" });
    expect(facts(text)).toEqual(["ERR_CONFIG_CONFLICT mirrors.b.snapshot.path"]);
  });
});

describe("publish_to_staging", () => {
  test("is refused where the one environment is production, which only people move", () => {
    const one = "snapshot.environments = ['current']\npublish_to_staging = true";
    expect(problems(file("", one))).toMatchObject([
      { code: "ERR_CONFIG_CONFLICT", path: "mirrors.m.publish_to_staging" },
    ]);
    const defaults = "snapshot.environments = ['current']\ndefaults.publish_to_staging = true";
    expect(problems(file(defaults, ""))).toMatchObject([
      { code: "ERR_CONFIG_CONFLICT", path: "defaults.publish_to_staging" },
    ]);
  });
});

describe("root_shows", () => {
  test("may be an environment of its mirror", () => {
    expect(mirror("root_shows = 'current'").rootShows).toBe("current");
    const own = "snapshot.environments = ['test', 'prod']\nroot_shows = 'prod'";
    expect(mirror(own).rootShows).toBe("prod");
  });

  test.each([
    ["production", undefined],
    ["curent", "current"],
    ["", undefined],
    ["snapshots", undefined],
    ["/srv/www", undefined],
  ])("is no other name: %j", (shown, suggestion) => {
    const found = problem(
      file("snapshot.environments = ['current', '/srv/www']", `root_shows = "${shown}"`),
    );
    expect(found).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "mirrors.m.root_shows",
      allowed: '"latest" or "current"',
    });
    expect(found.suggestion).toBe(suggestion);
  });

  test("of [defaults] fits every mirror that takes it", () => {
    const own = "snapshot.environments = ['prod']";
    const given = { a: "", b: own, c: own, d: `${own}\nroot_shows = 'latest'` };
    expect(problems(mirrors("defaults.root_shows = 'current'", given))).toMatchObject([
      { code: "ERR_CONFIG_BAD_VALUE", path: "defaults.root_shows", line: 2 },
    ]);
  });

  test("is not held against environments that are refused themselves", () => {
    expect(facts(file("snapshot.environments = ['a b']", "root_shows = 'prod'"))).toEqual([
      "ERR_CONFIG_BAD_VALUE snapshot.environments[0]",
    ]);
  });
});
