import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { controlFile, fieldValue, run } from "../src/grammar.js";
import { Deb822Error, parseStanzas } from "../src/index.js";
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
      { numRuns: 20000 },
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
