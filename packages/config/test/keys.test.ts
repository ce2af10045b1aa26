import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { configKeys } from "../src/index.js";
import { createSchema } from "../src/schema.js";
import { facts, file, mirrorKeys, parse, problem } from "./given.js";

function schemaPaths(shape: z.core.$ZodLooseShape, prefix: string): string[] {
  return Object.entries(shape).flatMap(([key, schema]) =>
    schema instanceof z.ZodMiniObject && key !== "defaults"
      ? schemaPaths(schema.shape, `${prefix}${key}.`)
      : [prefix + key],
  );
}

const built = configKeys.filter(({ support }) => support !== "not-yet");
const notYet = configKeys.filter(({ support }) => support === "not-yet");

describe("configKeys", () => {
  test("lists every key of the schema, and nothing else, as built", () => {
    const { root, mirror } = createSchema({ env: {} });
    const paths = [
      ...schemaPaths(root.shape, ""),
      "mirrors",
      ...schemaPaths(mirror.shape, "mirrors.<id>."),
    ];
    expect(built.map(({ path }) => path).sort()).toEqual(paths.sort());
  });

  test("lists no key twice", () => {
    expect(new Set(configKeys.map(({ path }) => path)).size).toBe(configKeys.length);
  });

  test("says of each key what it takes and what it is for", () => {
    for (const { type, meaning, required, default: fallback } of configKeys) {
      expect(type).toMatch(/\S/);
      expect(meaning).toMatch(/^[A-Z][^\n]*\.$/);
      expect(required === true && fallback !== undefined).toBe(false);
    }
  });

  test("states the defaults that are used", () => {
    const givenDefaults = built.filter(
      ({ default: fallback }) => fallback !== undefined && !fallback.startsWith("("),
    );
    expect(givenDefaults.length).toBeGreaterThan(20);
    const lines = (mirrors: boolean) =>
      givenDefaults
        .filter(({ path }) => path.startsWith("mirrors.") === mirrors)
        .map(({ path, default: fallback }) => `${path.replace("<id>", "m")} = ${fallback}`)
        .join("\n");
    const text = `dir = "/srv/mirrors"\n${lines(false)}\n${lines(true)}\n`;
    const usual = mirrorKeys()
      .replace(/^/gm, "mirrors.m.")
      .replace(/mirrors\.m\.$/, "");
    expect(() => parseToml(text + usual)).not.toThrow();
    // That there is a table at all is what makes snapshots automatic.
    expect(parse(text + usual)).toEqual(parse(file("[snapshot]")));
  });

  test.each(built.filter(({ support }) => support === "default-only"))(
    "of $path only the default is built",
    ({ path, default: fallback }) => {
      const key = path.replace("mirrors.<id>.", "");
      expect(parse(file("", `${key} = ${fallback}`)).mirrors).toHaveLength(1);
      expect(fallback).toBe("false");
      expect(problem(file("", `${key} = true`))).toMatchObject({
        code: "ERR_CONFIG_NOT_SUPPORTED_YET",
        path: path.replace("<id>", "m"),
        allowed: fallback,
      });
    },
  );

  test.each(built.filter(({ variable }) => variable !== undefined))(
    "names the variable of $path",
    ({ path, variable }) => {
      const env = { [variable ?? ""]: "//" };
      const isPath = path === "dir" || path.endsWith("_file");
      const found = isPath ? "ERR_CONFIG_BAD_PATH" : "ERR_CONFIG_BAD_VALUE";
      expect(problem(file(""), { env })).toMatchObject({ code: found, path, variable });
    },
  );
});

describe("a key that is not built yet", () => {
  test.each(notYet)("is refused by its name: $path", ({ path }) => {
    const key = path.replace("<id>", "m");
    for (const value of ["5", '"x"', "[]", "false"]) {
      const text = path.startsWith("mirrors.")
        ? file("", `${path.replace("mirrors.<id>.", "")} = ${value}`)
        : file(`${key} = ${value}`);
      const found = problem(text);
      expect(found).toMatchObject({ code: "ERR_CONFIG_NOT_SUPPORTED_YET", path: key });
      expect(found.line).toBeGreaterThan(0);
    }
  });

  test.each(notYet.filter(({ path }) => path.startsWith("mirrors.")))(
    "is refused in [defaults] too: $path",
    ({ path }) => {
      const key = path.replace("mirrors.<id>", "defaults");
      expect(problem(file(`${key} = 5`))).toMatchObject({
        code: "ERR_CONFIG_NOT_SUPPORTED_YET",
        path: key,
      });
    },
  );

  test("is refused as a table too, be it empty or full", () => {
    expect(
      facts(file("notify = {}\nserve = { port = 1 }\n[[publish]]\nbucket = 1\n[[publish]]")),
    ).toEqual([
      "ERR_CONFIG_NOT_SUPPORTED_YET notify",
      "ERR_CONFIG_NOT_SUPPORTED_YET serve",
      "ERR_CONFIG_NOT_SUPPORTED_YET publish",
    ]);
  });

  test("does not make its misspelt neighbours known", () => {
    expect(facts(file("[notify]\nwebhook = '1.2'\nwebhok = '1.2'"))).toEqual([
      "ERR_CONFIG_NOT_SUPPORTED_YET notify.webhook",
      "ERR_CONFIG_UNKNOWN_KEY notify.webhok",
    ]);
  });

  test("is told with all others of a full production file", () => {
    const text = `
dir = "/var/www/apt/"
rate_limit = "50MB/s"
[snapshot]
path = "/var/lib/mirrorctl/snapshots"
[metrics]
textfile = "/x"
[mirrors.m]
${mirrorKeys()}publish_to_staging = true
[mirrors.m.hooks]
after_sync = ["/k"]`;
    expect(facts(text)).toEqual([
      "ERR_CONFIG_NOT_SUPPORTED_YET rate_limit",
      "ERR_CONFIG_NOT_SUPPORTED_YET metrics.textfile",
      "ERR_CONFIG_NOT_SUPPORTED_YET mirrors.m.hooks.after_sync",
    ]);
  });
});

describe("a mirror of a type that is not built yet", () => {
  test.each(["rsync", "http", "ftp", "git"])("is refused for its type alone: %s", (type) => {
    const text = `dir = "/x"\n[mirrors.m]\ntype = "${type}"\nurl = "rsync://x"\nmodule = 5`;
    expect(facts(text)).toEqual(["ERR_CONFIG_NOT_SUPPORTED_YET mirrors.m.type"]);
  });

  test("is no type at all under another name", () => {
    expect(problem(file("", "type = 'deb'")).code).toBe("ERR_CONFIG_BAD_VALUE");
    expect(problem(file("", "type = 5")).code).toBe("ERR_CONFIG_WRONG_TYPE");
  });
});
