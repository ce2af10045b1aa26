import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChecksumLine, checksumList, forEachChecksum } from "../src/checksums.js";
import { controlFile, fieldValue, run } from "../src/grammar.js";
import { Deb822Error, parseStanzas } from "../src/index.js";
import { FieldStanza } from "../src/stanza.js";
import { almostControlData, controlData, plain } from "./control-data.js";

function byGrammar(text: string): [string, string][][] | undefined {
  const reply = run(controlFile, text);
  if (!reply.status || reply.index !== text.length) return undefined;
  const stanzas = reply.value.map((stanza) =>
    stanza.fields.map((field): [string, string] => [field.name, fieldValue(field.lines)]),
  );
  const repeated = stanzas.some(
    (stanza) => new Set(stanza.map(([name]) => name.toLowerCase())).size < stanza.length,
  );
  return repeated ? undefined : stanzas;
}

function byScanner(text: string): [string, string][][] | undefined {
  try {
    return parseStanzas(text).map(plain);
  } catch (error) {
    if (error instanceof Deb822Error) return undefined;
    throw error;
  }
}

describe("the grammar of checksum lists and the loop that reads them", () => {
  const word = fc.constantFrom(
    "0".repeat(32),
    "a".repeat(32),
    "12",
    "0",
    "a/b",
    "é",
    "#",
    "\v",
    ".",
  );
  const line = fc.array(fc.tuple(fc.constantFrom(" ", "  ", "\t", ""), word), { maxLength: 4 });
  const ending = fc.constantFrom("\n", " \n", "\n\n", "\n \n", "");
  const list = fc
    .array(fc.tuple(line, ending), { maxLength: 4 })
    .map((lines) => lines.map(([words, end]) => words.flat().join("") + end).join(""));
  const entry = fc.tuple(word, word).map(([size, path]) => ` ${"b".repeat(32)} ${size} ${path}\n`);
  const good = fc.array(entry, { maxLength: 4 }).map((entries) => `\n${entries.join("")}`);

  test("agree on what is such a list, and on its lines", () => {
    fc.assert(
      fc.property(fc.oneof(list, good), (value) => {
        const stanza = new FieldStanza(1, ["Files"], [value]);
        const found: ChecksumLine[] = [];
        let refused: string | undefined;
        try {
          forEachChecksum(stanza, "Files", "md5", (digest, size, path) => {
            found.push({ digest, size: String(size), path });
          });
        } catch (error) {
          if (!(error instanceof Deb822Error)) throw error;
          refused = error.code;
        }
        const reply = run(checksumList, value);
        const lines = reply.status && reply.index === value.length ? reply.value : undefined;
        const bad = lines?.find(
          ({ digest, size }) => !/^[0-9a-f]{32}$/.test(digest) || !/^[0-9]{1,16}$/.test(size),
        );
        if (lines === undefined) expect(refused).toBeDefined();
        else if (bad !== undefined) expect(refused).toMatch(/BAD_(DIGEST|SIZE)$/);
        else expect(found).toEqual(lines.map((l) => ({ ...l, size: String(Number(l.size)) })));
        expect(refused === undefined).toBe(lines !== undefined && bad === undefined);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("grammar and scanner", () => {
  test("agree on control data", () => {
    fc.assert(
      fc.property(controlData, (text) => {
        const stanzas = byGrammar(text);
        expect(stanzas).toBeDefined();
        expect(byScanner(text)).toEqual(stanzas);
      }),
      { numRuns: 1000 },
    );
  });

  test("agree on text that is nearly control data, and on what is none", () => {
    fc.assert(
      fc.property(almostControlData, (text) => {
        expect(byScanner(text)).toEqual(byGrammar(text));
      }),
      { numRuns: 8000 },
    );
  });

  test.each(["A: B\nB:\r\n \r ", "A:\r\n \r \n#", "A: \r\n", "A:\r", "A: x\r \n b\r"])(
    "agree on %j",
    (text) => {
      expect(byScanner(text)).toEqual(byGrammar(text));
    },
  );

  test.each(["__proto__", "constructor", "toString"])("%s as text leaves no trace", (text) => {
    expect(byGrammar(text)).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
