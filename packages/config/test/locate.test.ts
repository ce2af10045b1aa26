import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { locateKeys } from "../src/locate.js";

/** `line:column` of each path, written as JSON. */
function places(text: string, ...paths: (string | number)[][]): (string | undefined)[] {
  const locate = locateKeys(text);
  return paths.map((path) => {
    const position = locate(path);
    return position && `${position.line}:${position.column}`;
  });
}

describe("a key is located", () => {
  test("at the top, in tables, dotted and quoted", () => {
    const text = `a = 1 # [x]
  b.c = "]" # "
["d e"."f"] # [g]
'h.i' = '''
[mirrors]
x = 1
'''
"j\\u0061" = """
\\"""k = 1
"""
l = 2020-01-01 10:00:00Z
m = [ # ]
  1, 'a#b', # comment ,
  "],", [ 2 ], { n = 3, o.p = 4 } ]`;
    expect(() => parse(text)).not.toThrow();
    expect(
      places(
        text,
        ["a"],
        ["b"],
        ["b", "c"],
        ["d e", "f"],
        ["d e", "f", "h.i"],
        ["d e", "f", "ja"],
        ["d e", "f", "l"],
        ["d e", "f", "m"],
        ["d e", "f", "m", 1],
        ["d e", "f", "m", 3, 0],
        ["d e", "f", "m", 4, "n"],
        ["d e", "f", "m", 4, "o", "p"],
        ["d e", "f", "x"],
        ["mirrors"],
        ["x"],
        ["d e", "f", "k"],
        ["d e", "f", "m", 5],
      ),
    ).toEqual([
      "1:1",
      "2:3",
      "2:3",
      "3:1",
      "4:1",
      "8:1",
      "11:1",
      "12:1",
      "13:6",
      "14:11",
      "14:18",
      "14:25",
      ...[undefined, undefined, undefined, undefined, undefined],
    ]);
  });

  test("at its own header although a table inside it came before", () => {
    expect(places("[a.b]\nx = 1\n[a]\ny = 1", ["a"], ["a", "b"], ["a", "y"])).toEqual([
      "3:1",
      "1:1",
      "4:1",
    ]);
  });

  test("in each table of a list", () => {
    const text = "[[a]]\nx = 1\n[[a]]\nx = 1\n[a.b]\ny = 1\n[[a.c]]\nz = 1";
    expect(
      places(text, ["a"], ["a", 0, "x"], ["a", 1, "x"], ["a", 1, "b", "y"], ["a", 1, "c", 0, "z"]),
    ).toEqual(["1:1", "2:1", "4:1", "6:1", "8:1"]);
  });

  test("nowhere in a text that is not understood to its end", () => {
    expect(places("a = 1\nb = = 2", ["a"])).toEqual([undefined]);
    expect(places('a = 1\n"\\U00000041" = 1', ["a"])).toEqual([undefined]);
  });

  test("in a text as large as is read, soon", () => {
    const text = `a = """${"x\\\\".repeat(1_000_000)}"""\nb = 1`;
    expect(places(text, ["b"])).toEqual(["2:1"]);
  });
});

const key = fc.oneof(
  fc.constantFrom("a", "b", "mirrors", "__proto__", "x y", "é", '"', "a.b", "#", "["),
  fc.string({ maxLength: 5 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: fc.constantFrom(..."ab[]{}#=,.\"'\\\n\r \t") }),
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("the locator", () => {
  test("finds every key of a written document, where that key stands", () => {
    const document = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(document, (tree) => {
        let text: string;
        try {
          text = stringify(tree);
          parse(text);
        } catch {
          fc.pre(false);
          return;
        }
        const locate = locateKeys(text);
        const lines = text.split("\n");
        for (const name of Object.keys(parse(text))) {
          const position = locate([name]);
          const line = lines[(position?.line ?? 0) - 1]?.slice((position?.column ?? 0) - 1);
          expect(Object.keys(parse(line ?? ""))).toEqual([name]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("locates only what the parser finds, in any text that the parser takes", () => {
    const line = fc.constantFrom(
      ...'a = 1|b = \'x\'|c = [1,\n2]|c = [{ x = 1 }, [2]]|[a]|[a.b]|[[l]]|[l.m]|# x|d = """\n[z]\nq = 1"""'.split(
        "|",
      ),
      ..."e = '''\n'''|f.g = { h.i = 1 }|\"k\" = 1|'k' = 2|m = 1979-05-27 07:32:00|n = +inf| o = 0x1F #|p=\"#\"".split(
        "|",
      ),
    );
    const names = [..."abcdefghiklmnopqxz"];
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = lines.join("\n");
        let tree: Record<string, unknown>;
        try {
          tree = parse(text);
        } catch {
          return;
        }
        const locate = locateKeys(text);
        for (const name of names) {
          expect(locate([name]) !== undefined).toBe(Object.hasOwn(tree, name));
          const inner = tree[name];
          if (typeof inner !== "object" || inner === null || inner instanceof Date) continue;
          for (const second of names) {
            expect(locate([name, second]) !== undefined).toBe(Object.hasOwn(inner, second));
          }
        }
      }),
      { numRuns: 800 },
    );
  });
});
