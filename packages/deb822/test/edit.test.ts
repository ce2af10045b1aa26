import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editStanzas, parseStanzas } from "../src/index.js";
import { controlData, plain } from "./control-data.js";

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });
const text = `# header

Source:x
Priority:  extra \t
# why
Build-Depends: a,
# between
 b
# after

# second
Package: x-bin
Architecture: any`;

describe("editStanzas", () => {
  test("gives the text back when nothing is changed", () => {
    fc.assert(
      fc.property(controlData, (text) => {
        const file = editStanzas(text);
        expect(file.toString()).toBe(text);
        expect(file.stanzas.map(plain)).toEqual(parseStanzas(text).map(plain));
        expect(file.stanzas.map((stanza) => stanza.line)).toEqual(
          parseStanzas(text).map((stanza) => stanza.line),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("changes one field and no other byte", () => {
    const value = fc.constantFrom("new", "", "a\n b", "\n a\n b");
    fc.assert(
      fc.property(controlData, fc.nat(), fc.nat(), value, (text, s, f, value) => {
        const file = editStanzas(text);
        const stanza = file.stanzas[s % file.stanzas.length];
        if (stanza === undefined) return;
        const names = plain(stanza).map(([name]) => name);
        const name = names[f % names.length] ?? "";
        const before = parseStanzas(text).map(plain);
        stanza.set(name.toUpperCase(), value);
        const changed = before.map((fields, index) =>
          fields.map(([n, v]) => [n, index === s % before.length && n === name ? value : v]),
        );
        expect(parseStanzas(file.toString()).map(plain)).toEqual(changed);
        expect(file.stanzas.map(plain)).toEqual(changed);
        const others = text.split(/\r?\n/).filter((line) => /^#/.test(line));
        expect(
          file
            .toString()
            .split(/\r?\n/)
            .filter((line) => /^#/.test(line)),
        ).toEqual(others);
      }),
      { numRuns: 1000 },
    );
  });

  test("sets, adds and deletes fields in place", () => {
    const file = editStanzas(text);
    const [source, binary] = file.stanzas;
    source?.set("priority", "optional");
    source?.set("Section", "misc");
    source?.set("Source", "y");
    binary?.set("Depends", `\${misc:Depends},\n z`);
    expect(file.toString()).toBe(`# header

Source: y
Priority:  optional \t
# why
Build-Depends: a,
# between
 b
Section: misc
# after

# second
Package: x-bin
Architecture: any
Depends: \${misc:Depends},
 z
`);
    expect(source?.delete("BUILD-depends")).toBe(true);
    expect(source?.delete("Build-Depends")).toBe(false);
    expect(source?.has("build-depends")).toBe(false);
    expect(file.toString()).toContain("# why\nSection: misc\n# after\n\n# second\n");
  });

  test("keeps the line ends of the file", () => {
    const file = editStanzas("A: 1\r\nB: 2\r\n");
    file.stanzas[0]?.set("A", "x\n y");
    file.stanzas[0]?.set("C", "3");
    file.append({ D: "4" });
    expect(file.toString()).toBe("A: x\r\n y\r\nB: 2\r\nC: 3\r\n\r\nD: 4\r\n");
  });

  test.each([
    ["", "A: 1\n"],
    ["B: 2", "B: 2\n\nA: 1\n"],
    ["B: 2\n", "B: 2\n\nA: 1\n"],
    ["B: 2\n\n\n", "B: 2\n\n\nA: 1\n"],
  ])("appends a stanza to %j", (text, expected) => {
    const file = editStanzas(text);
    file.append({ A: "1" });
    expect(file.toString()).toBe(expected);
  });

  test("refuses what would break the file, and leaves it as it was", () => {
    const file = editStanzas(text);
    const [source] = file.stanzas;
    expect(() => source?.set("Priority", "x\n\nPackage: evil")).toThrow(
      code("ERR_DEB822_BAD_FIELD_VALUE"),
    );
    expect(() => source?.set("a b", "x")).toThrow(code("ERR_DEB822_BAD_FIELD_NAME"));
    expect(() => editStanzas("A: 1\n").stanzas[0]?.delete("A")).toThrow(
      code("ERR_DEB822_STANZA_COUNT"),
    );
    expect(file.toString()).toBe(text);
    expect(() => editStanzas("A\n")).toThrow(code("ERR_DEB822_SYNTAX"));
  });
});
