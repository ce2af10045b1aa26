import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createStanza,
  Deb822Error,
  fold,
  formatMultiline,
  formatStanza,
  formatStanzas,
  parseMultiline,
  parseRelations,
  parseStanzas,
  unfold,
} from "../src/index.js";
import { controlData, fields, plain } from "./control-data.js";

/** What Python's splitlines, for one, takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: some of them are control characters
const lineEndsOfOthers = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });

describe("formatStanza", () => {
  test("writes a field per line and keeps continuation lines", () => {
    expect(formatStanza({ Package: "hello", Empty: "", Files: "\n a\n b", D: "x\n y" })).toBe(
      "Package: hello\nEmpty:\nFiles:\n a\n b\nD: x\n y\n",
    );
  });

  test("writes what reads back the same", () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 4 }), (stanzas) => {
        expect(parseStanzas(formatStanzas(stanzas)).map(plain)).toEqual(stanzas);
      }),
      { numRuns: 1000 },
    );
  });

  test("writes stanzas that were read", () => {
    fc.assert(
      fc.property(controlData, (text) => {
        const stanzas = parseStanzas(text);
        expect(parseStanzas(formatStanzas(stanzas)).map(plain)).toEqual(stanzas.map(plain));
      }),
    );
  });

  test("lets no value bring in a field or end a stanza", () => {
    const piece = fc.constantFrom(
      ..."\n|\r|\n |\n.|\n\t|: |X: y|\nX: y|\n\n|#|\0|\u2028|\u0085|\v|\f|\x1c| |a|.|\ud800|ä|-----BEGIN PGP".split(
        "|",
      ),
    );
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    const name = fc.oneof(fc.constantFrom("A", "B"), value);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 3 }), (fields) => {
        let text: string;
        try {
          text = formatStanza(fields);
        } catch (error) {
          expect(error).toBeInstanceOf(Deb822Error);
          return;
        }
        expect(parseStanzas(text).map(plain)).toEqual([fields]);
        expect(text.trimEnd().split(lineEndsOfOthers)).toEqual(text.trimEnd().split("\n"));
        expect(
          text
            .split("\n")
            .slice(0, -1)
            .filter((line) => line.trim() === ""),
        ).toEqual([]);
        expect(parseStanzas(Buffer.from(text).toString()).map(plain)).toEqual([fields]);
      }),
      { numRuns: 8000 },
    );
  });

  test.each([
    [{ "": "x" }, "ERR_DEB822_BAD_FIELD_NAME"],
    [{ "a b": "x" }, "ERR_DEB822_BAD_FIELD_NAME"],
    [{ "#a": "x" }, "ERR_DEB822_BAD_FIELD_NAME"],
    [{ "-a": "x" }, "ERR_DEB822_BAD_FIELD_NAME"],
    [{ a: "x\nb: y" }, "ERR_DEB822_BAD_FIELD_VALUE"],
    [{ a: "x\n" }, "ERR_DEB822_BAD_FIELD_VALUE"],
    [{ a: "x\n \n y" }, "ERR_DEB822_BAD_FIELD_VALUE"],
    [{ a: "x\r\n y" }, "ERR_DEB822_BAD_FIELD_VALUE"],
    [{ a: " x" }, "ERR_DEB822_BAD_FIELD_VALUE"],
    [{ a: "x", A: "y" }, "ERR_DEB822_DUPLICATE_FIELD"],
    [{}, "ERR_DEB822_STANZA_COUNT"],
  ])("refuses %j: %s", (fields, expected) => {
    expect(() => formatStanza(fields)).toThrow(code(expected));
    expect(() => createStanza(fields)).toThrow(code(expected));
  });

  test("createStanza makes a stanza of any source of fields", () => {
    const stanza = createStanza(new Map([["A", "1"]]));
    expect([stanza.line, stanza.get("a"), plain(createStanza(stanza))]).toEqual([
      0,
      "1",
      [["A", "1"]],
    ]);
  });
});

describe("multiline values", () => {
  test("lines come back as they were", () => {
    const line = fc.stringMatching(/^[ -~]{0,20}$/).map((text) => text.trimEnd());
    const lines = fc.array(
      line.filter((text) => text !== "."),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        line.map((text) => text.trim()),
        lines,
        (first, lines) => {
          const value = formatMultiline({ first, lines });
          expect(parseMultiline(value)).toEqual({ first, lines });
          expect(parseStanzas(formatStanza({ A: value }))[0]?.get("a")).toBe(value);
        },
      ),
    );
  });

  test("a line of one dot is refused, as it means an empty one", () => {
    expect(parseMultiline("x\n .\n  .\n ..")).toEqual({ first: "x", lines: ["", " .", ".."] });
    expect(() => formatMultiline({ first: "x", lines: ["."] })).toThrow(
      code("ERR_DEB822_BAD_FIELD_VALUE"),
    );
  });
});

test("fold keeps to the width and unfold undoes it", () => {
  const items = Array.from({ length: 40 }, (_, i) => `package-${i} (>= ${i})`);
  const value = fold(items, { width: 40 });
  for (const line of value.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
  expect(unfold(value)).toBe(items.join(", "));
  expect(parseRelations(value).length).toBe(40);
  expect(fold([])).toBe("");
  expect(fold(["x".repeat(100), "b"])).toBe(`${"x".repeat(100)},\n b`);
});
