// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { ConfigError, configKeys } from "../src/index.js";
import { file, parse } from "./given.js";

function parsesOrRefuses(text: string): void {
  try {
    parse(text, { env: { A: "x" }, home: "/home/me" });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    for (const { message, code, path, line } of (error as ConfigError).problems) {
      expect(code).toMatch(/^ERR_CONFIG_[A-Z0-9_]+$/);
      expect(message).not.toMatch(/[\n\r]|undefined|\[object/);
      expect(typeof path).toBe("string");
      if (line !== undefined) expect(line).toBeLessThanOrEqual(text.split("\n").length);
    }
  }
}

const value = fc.oneof(
  { maxDepth: 2, withCrossShrink: true },
  fc.constantFrom("", "x", "/x", "http://a", "https://u:p@h/?x", "10s", "~", "${A}", "all", "none"),
  fc.string(),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.double(),
  fc.boolean(),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }),
  fc.array(fc.oneof(fc.string(), fc.boolean(), fc.constantFrom("all", "a/", "")), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("__proto__", "x", "suites", "contents"), fc.string(), {
    noNullPrototype: true,
  }),
);

describe("no input", () => {
  test("of text makes anything but a configuration or a ConfigError", () => {
    const words = fc.constantFrom(
      ...["[", "]", "=", '"', "'", "\n", ".", ",", "{", "}", "#", " ", "mirrors", "a", "1", "dir"],
      ...['"""', "'''", "\\", "\0", "é", "__proto__", "https://u:p@h", "\ud800", "\r", "-", "_"],
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => parsesOrRefuses(parts.join(""))),
      { numRuns: 400 },
    );
  });

  test("of values makes anything but a configuration or a ConfigError", () => {
    const path = fc.constantFrom(...configKeys.map((key) => key.path));
    const entry = fc.tuple(path, value, fc.constantFrom("m", "x", "X", "__proto__"));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const tree: Record<string, unknown> = {};
        for (const [keyPath, given, id] of entries) {
          const keys = keyPath.split(".").map((name) => (name === "<id>" ? id : name));
          let table = tree;
          for (const name of keys.slice(0, -1)) {
            const inner = Object.hasOwn(table, name) ? table[name] : undefined;
            const next = inner?.constructor === Object ? (inner as typeof table) : {};
            Object.defineProperty(table, name, {
              value: next,
              enumerable: true,
              writable: true,
              configurable: true,
            });
            table = next;
          }
          table[keys.at(-1) ?? ""] = given;
        }
        parsesOrRefuses(stringify(tree));
      }),
      { numRuns: 300 },
    );
  });

  test("cut off anywhere makes anything but a configuration or a ConfigError", () => {
    const text = file("[log]\nlevel = 'info'", "indices = { contents = false }\nretries = 3");
    for (let end = 0; end <= text.length; end++) parsesOrRefuses(text.slice(0, end));
  });
});
