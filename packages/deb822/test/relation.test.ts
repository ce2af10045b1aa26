import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { run } from "../src/grammar.js";
import {
  formatRelations,
  parseRelations,
  parseStanzas,
  relationApplies,
  relationField,
  satisfies,
  sourceOf,
} from "../src/index.js";
import { plainRelations } from "../src/plain-relations.js";
import { relations } from "../src/relation.js";

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });

describe("parseRelations", () => {
  test("reads groups of alternatives with all that may be asked of a package", () => {
    expect(
      parseRelations(
        `libc6 (>= 2.36), default-mta | mail-transport-agent,
 python3:any (<<3.12~), gcc-\${gcc:Major} [!amd64 !i386] <!nocheck> <cross !stage1>,
 \${misc:Depends}, foo (= \${binary:Version}),`,
      ),
    ).toEqual([
      [{ package: "libc6", constraint: { operator: ">=", version: "2.36" } }],
      [{ package: "default-mta" }, { package: "mail-transport-agent" }],
      [
        {
          package: "python3",
          qualifier: "any",
          constraint: { operator: "<<", version: "3.12~" },
        },
      ],
      [
        {
          package: `gcc-\${gcc:Major}`,
          architectures: [
            { negated: true, name: "amd64" },
            { negated: true, name: "i386" },
          ],
          profiles: [
            [{ negated: true, name: "nocheck" }],
            [
              { negated: false, name: "cross" },
              { negated: true, name: "stage1" },
            ],
          ],
        },
      ],
      [{ substvar: "misc:Depends" }],
      [{ package: "foo", constraint: { operator: "=", version: `\${binary:Version}` } }],
    ]);
  });

  test.each([
    ["", []],
    [" \n ", []],
    ["a,,b,", [[{ package: "a" }], [{ package: "b" }]]],
    [
      "a(<1)|b(>2)",
      [
        [
          { package: "a", constraint: { operator: "<=", version: "1" } },
          { package: "b", constraint: { operator: ">=", version: "2" } },
        ],
      ],
    ],
  ])("reads %j", (text, groups) => {
    expect(parseRelations(text)).toEqual(groups);
  });

  test.each([
    "a b",
    "a (1)",
    "a (>= )",
    "a (>= 1",
    "a |",
    "| a",
    "a [",
    "a []",
    "a (~ 1)",
    "é",
    "a (>= 1 2)",
    "${x",
    "a,\n\n b (",
    "__proto__ x",
  ])("refuses %j", (text) => {
    expect(() => parseRelations(text)).toThrow(code("ERR_DEB822_BAD_RELATION"));
  });

  test("says what could have stood where it stopped", () => {
    expect(() => parseRelations("a,\n b (1)")).toThrow(
      expect.objectContaining({
        expected: "version operator",
        frame: expect.stringContaining("> 2 |  b (1)\n    |     ^"),
      }),
    );
  });

  test("reads what formatRelations writes", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/);
    const term = fc.record({ negated: fc.boolean(), name: fc.stringMatching(/^[a-z0-9]{1,5}$/) });
    const terms = fc.array(term, { minLength: 1, maxLength: 3 });
    const operator = fc.constantFrom("<<", "<=", "=", ">=", ">>");
    const version = fc.stringMatching(/^[0-9][A-Za-z0-9.+~:-]{0,6}$/);
    const relation = fc.oneof(
      fc.record({ substvar: fc.stringMatching(/^[a-z]{1,5}:[A-Za-z]{1,5}$/) }),
      fc.record(
        {
          package: name,
          qualifier: fc.constantFrom("any", "native", "amd64"),
          constraint: fc.record({ operator, version }),
          architectures: terms,
          profiles: fc.array(terms, { minLength: 1, maxLength: 2 }),
        },
        { requiredKeys: ["package"] },
      ),
    );
    const groups = fc.array(fc.array(relation, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(groups, (groups) => {
        const plain = JSON.parse(JSON.stringify(groups));
        expect(JSON.parse(JSON.stringify(parseRelations(formatRelations(groups))))).toEqual(plain);
      }),
    );
  });

  test("the quick way for plain fields and the grammar agree", () => {
    const piece = fc.constantFrom(
      ..."a,b-c,libx1.0+,:any,:, (,(,>=,<<,=,<,1.0~rc1-1,), ,\n ,|, | ,[amd64],!".split(","),
      ",",
      ", ",
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (text) => {
        const plain = plainRelations(text);
        if (plain === undefined) return;
        const reply = run(relations, text);
        expect(reply.status && reply.index === text.length && reply.value).toEqual(plain);
      }),
      { numRuns: 8000 },
    );
    expect(plainRelations("a, b (>= 1) | c:any")).toBeDefined();
  });

  test("formatRelations writes nothing that would be read as more than was given", () => {
    const smuggled = [[{ package: "a, b" }]];
    expect(() => formatRelations(smuggled)).toThrow(code("ERR_DEB822_BAD_RELATION"));
  });
});

test("relationField names line and field of a bad relation", () => {
  const [stanza] = parseStanzas("\nDepends: a (1)\n");
  if (stanza === undefined) throw new Error("no stanza");
  expect(relationField(stanza, "Recommends")).toEqual([]);
  expect(() => relationField(stanza, "Depends")).toThrow(
    expect.objectContaining({ code: "ERR_DEB822_BAD_RELATION", line: 2, field: "Depends" }),
  );
});

describe("satisfies", () => {
  test.each([
    ["1.0", ">= 1.0~", true],
    ["1.0", ">> 1.0", false],
    ["1.0", "= 1.0-0", true],
    ["1.0", "<< 1.0", false],
    ["1.0", "<= 1.0", true],
    ["1.0", "> 1.0", true],
  ])("%s %s: %s", (version, relation, expected) => {
    expect(satisfies(version, relation)).toBe(expected);
  });

  test("takes relations too", () => {
    const relation = parseRelations("a (>= 2), b")[0]?.[0];
    if (relation === undefined || "substvar" in relation) throw new Error("no relation");
    expect(satisfies("1", relation)).toBe(false);
    expect(satisfies("1", {})).toBe(true);
    expect(() => satisfies("1", "2")).toThrow(code("ERR_DEB822_BAD_RELATION"));
  });
});

describe("relationApplies", () => {
  test.each([
    ["a", "amd64", [], true],
    ["a [amd64]", "amd64", [], true],
    ["a [i386 any-arm64]", "amd64", [], false],
    ["a [!amd64 !i386]", "amd64", [], false],
    ["a [!hurd-any]", "amd64", [], true],
    ["a <!nocheck>", "amd64", [], true],
    ["a <!nocheck>", "amd64", ["nocheck"], false],
    ["a <cross !nocheck> <stage1>", "amd64", ["stage1", "nocheck"], true],
    ["a <cross !nocheck> <stage2>", "amd64", ["stage1", "cross", "nocheck"], false],
    [`\${a:b}`, "amd64", [], true],
  ])("%s on %s with %j: %s", (text, architecture, profiles, expected) => {
    const relation = parseRelations(text)[0]?.[0];
    if (relation === undefined) throw new Error("no relation");
    expect(relationApplies(relation, { architecture, profiles })).toBe(expected);
  });
});

test.each([
  ["Package: a\nVersion: 1\n", { package: "a", version: "1" }],
  ["Package: a\nSource: b\nVersion: 1\n", { package: "b", version: "1" }],
  ["Package: a\nSource: b (2-1)\nVersion: 1\n", { package: "b", version: "2-1" }],
  ["Package: a\n", { package: "a" }],
])("sourceOf %j", (text, expected) => {
  expect(sourceOf(parseStanzas(text)[0] ?? expect.fail())).toEqual(expected);
});
