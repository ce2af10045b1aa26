import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Chunk,
  Deb822Error,
  parseStanzas,
  type ReadOptions,
  readPackages,
  readStanzas,
} from "../src/index.js";
import { almostControlData, collect, controlData, plain } from "./control-data.js";

interface Outcome {
  readonly stanzas: { line: number; fields: [string, string][] }[];
  error?: unknown;
}

async function outcome(source: Iterable<Chunk>, options?: ReadOptions): Promise<Outcome> {
  const found: Outcome = { stanzas: [] };
  try {
    for await (const stanza of readStanzas(source, options)) {
      found.stanzas.push({ line: stanza.line, fields: plain(stanza) });
    }
  } catch (error) {
    if (!(error instanceof Deb822Error)) throw error;
    found.error = { ...error, message: error.message };
  }
  return found;
}

function cut<T extends Chunk>(whole: T, sizes: readonly number[]): T[] {
  const pieces: T[] = [];
  let at = 0;
  for (let i = 0; at < whole.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const end = at + size;
    pieces.push((typeof whole === "string" ? whole.slice(at, end) : whole.slice(at, end)) as T);
    at = end;
  }
  return pieces;
}

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });

describe("readStanzas", () => {
  test("does not depend on where chunks end", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    const options = fc.constantFrom<ReadOptions>(
      {},
      { fields: ["version", "A"] },
      { maxFieldBytes: 20 },
      { maxStanzaBytes: 40 },
      { maxFieldBytes: 30, maxStanzaBytes: 30, maxFields: 3, maxStanzas: 2 },
    );
    const text = fc.oneof(controlData, almostControlData);
    await fc.assert(
      fc.asyncProperty(text, sizes, options, async (text, sizes, options) => {
        const whole = await outcome([text], options);
        expect(await outcome(cut(text, sizes), options)).toEqual(whole);
        expect(await outcome(cut(Buffer.from(text), sizes), options)).toEqual(whole);
        expect(await outcome(cut(Uint8Array.from(Buffer.from(text)), sizes), options)).toEqual(
          whole,
        );
      }),
      { numRuns: 1500 },
    );
  });

  test("reads stanzas that are longer than the pieces it cuts", async () => {
    const long = `A: ${"x".repeat(300_000)}\nB:\n${" y\n".repeat(100_000)}\n`;
    const stanzas = await collect(readStanzas([`${long}\n${long}`]));
    expect(stanzas.map((stanza) => stanza.line)).toEqual([1, 100_005]);
    expect(stanzas[1]?.get("a")?.length).toBe(300_000);
    expect(stanzas[1]?.get("b")?.length).toBe(300_000);
  });

  test("reads fields of 1 MiB in chunks of a few bytes without going over them again and again", async () => {
    const bytes = Buffer.from(`A: ${"x".repeat(1024 * 1024)}\n`);
    const started = performance.now();
    const [stanza] = await collect(readStanzas(cut(bytes, [7])));
    expect(stanza?.get("A")?.length).toBe(1024 * 1024);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("keeps nothing of a chunk once the next one is asked for", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(controlData, sizes, async (text, sizes) => {
        const shared = Buffer.alloc(40);
        function* source() {
          for (const piece of cut(Buffer.from(text), sizes)) {
            shared.fill("#").set(piece);
            yield shared.subarray(0, piece.length);
          }
        }
        expect(await outcome(source())).toEqual(await outcome([text]));
      }),
      { numRuns: 500 },
    );
  });

  test("knows names again by what they were, not by what came into their place", async () => {
    const texts = ["A: 1\n\nB: 1\n\n", "A: 1\n\nC: 2\n\n"];
    const shared = Buffer.alloc(12);
    function* source() {
      for (const text of texts) {
        shared.write(text);
        yield shared;
      }
    }
    expect(await outcome(source())).toEqual(await outcome(texts));
  });

  test("does not ask the source for more than it needs", async () => {
    let asked = 0;
    function* source() {
      for (; asked < 100; asked++) yield "A: 1\n\n";
    }
    for await (const _stanza of readStanzas(source())) break;
    expect(asked).toBe(0);
  });

  test("lets errors of the source through", async () => {
    const broken = new Error("disk on fire");
    async function* source() {
      yield "A: 1\n";
      throw broken;
    }
    await expect(collect(readStanzas(source()))).rejects.toBe(broken);
  });

  test("answers calls that do not wait for each other in turn", async () => {
    const stanzas = readStanzas(["A: 1\n\nA: 2\n\n", "A: 3\n\n"]);
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => stanzas.next()));
    expect(results.map((result) => result.value?.get("A"))).toEqual([
      "1",
      "2",
      "3",
      undefined,
      undefined,
    ]);
    expect(results.map((result) => result.done)).toEqual([false, false, false, true, true]);
  });

  test("lets go of the source when the reader stops, by itself or by an error", async () => {
    let open = 0;
    async function* source() {
      open++;
      try {
        yield "A: 1\n\nA: 2\n\nbad\n\nA: 3\n\n";
        yield "A: 4\n";
      } finally {
        open--;
      }
    }
    for await (const _stanza of readStanzas(source())) {
      expect(open).toBe(1);
      break;
    }
    expect(open).toBe(0);
    const broken = readStanzas(source());
    await expect(collect(broken)).rejects.toEqual(code("ERR_DEB822_SYNTAX"));
    expect(open).toBe(0);
    expect(await broken.next()).toEqual({ done: true, value: undefined });
    const entries = readPackages(source(), { onProblem: () => {} });
    await expect(entries.next()).rejects.toEqual(code("ERR_DEB822_MISSING_FIELD"));
    expect(open).toBe(0);
    expect(await entries.next()).toEqual({ done: true, value: undefined });
    const stopped = readStanzas(source());
    await stopped.next();
    const reason = new Error("enough");
    await expect(stopped.throw(reason)).rejects.toBe(reason);
    expect(open).toBe(0);
    expect((await stopped.return()).done).toBe(true);
  });

  test("refuses chunks of another type", async () => {
    const source = [42] as unknown as Chunk[];
    await expect(collect(readStanzas(source))).rejects.toBeInstanceOf(TypeError);
  });
});

describe("parseStanzas", () => {
  const values = (text: string, options?: ReadOptions) => parseStanzas(text, options).map(plain);

  test("finds stanzas between empty lines, whatever the line ends", () => {
    const expected = [[["A", "1"]], [["B", "2"]]];
    expect(values("A: 1\n\nB: 2\n")).toEqual(expected);
    expect(values("A: 1\r\n\r\nB: 2\r\n")).toEqual(expected);
    expect(values("\n\n\nA: 1\n\n\n \t\n\nB: 2")).toEqual(expected);
    expect(values("\ufeffA: 1\n\nB: 2\n\n\n")).toEqual(expected);
    expect(values("")).toEqual([]);
    expect(values("\n# nothing\n \n")).toEqual([]);
  });

  test("keeps the blanks that continuation lines begin with, and drops those around a value", () => {
    expect(values("A:  one \t\n two \n  .\n three \nB:\n x\nC:\n")).toEqual([
      [
        ["A", "one \t\n two \n  .\n three"],
        ["B", "\n x"],
        ["C", ""],
      ],
    ]);
    expect(values("A: one\r\n two\r\n three\r\n")).toEqual([[["A", "one\n two\n three"]]]);
  });

  test("leaves out comment lines, between continuation lines too", () => {
    expect(values("# a\nA: 1\n# b\n 2\n#c\nB: 3 # no comment\n #none\n")).toEqual([
      [
        ["A", "1\n 2"],
        ["B", "3 # no comment\n #none"],
      ],
    ]);
  });

  test("takes a line of blanks within a stanza for a continuation line, as apt does", () => {
    expect(values("A: 1\n \n 2\n\nB: 3\n")).toEqual([[["A", "1\n \n 2"]], [["B", "3"]]]);
  });

  test("finds fields in any case and shows their names as spelled", () => {
    const [stanza] = parseStanzas("pAckAge: x\n__proto__: y\n");
    expect(stanza?.get("Package")).toBe("x");
    expect(stanza?.has("PACKAGE")).toBe(true);
    expect(stanza?.get("__PROTO__")).toBe("y");
    expect(stanza?.get("constructor")).toBeUndefined();
    expect([...(stanza?.entries() ?? [])].map(([name]) => name)).toEqual(["pAckAge", "__proto__"]);
  });

  test("reads UTF-8, and U+FFFD for what is none", async () => {
    expect(values("A: ä€𝄞\nB: x\n")).toEqual([
      [
        ["A", "ä€𝄞"],
        ["B", "x"],
      ],
    ]);
    const latin1 = Buffer.from("A: M\xfcller\n", "latin1");
    const [stanza] = await collect(readStanzas([latin1]));
    expect(stanza?.get("A")).toBe("M\ufffdller");
  });

  test("reads only the fields asked for, in any case, and shows them as asked for", () => {
    const text = "A: 1\nB: 2\n b\nC: ä\n\nB: 3\n\nD: 4\n";
    expect(values(text, { fields: ["c", "a", "C"] })).toEqual([
      [
        ["c", "ä"],
        ["a", "1"],
      ],
      [],
      [],
    ]);
    expect(parseStanzas(text, { fields: ["b"] })[0]?.get("B")).toBe("2\n b");
    expect(() => parseStanzas("", { fields: ["no name"] })).toThrow(TypeError);
  });

  test.each([
    ["A: 1\nfoo\n", "ERR_DEB822_SYNTAX", 2, 4],
    ["A: 1\nf oo: 1\n", "ERR_DEB822_SYNTAX", 2, 2],
    [" a\n", "ERR_DEB822_SYNTAX", 1, 1],
    ["A: 1\n\n\n: x\n", "ERR_DEB822_SYNTAX", 4, 1],
    ["-A: 1\n", "ERR_DEB822_SYNTAX", 1, 1],
    ["Ä: 1\n", "ERR_DEB822_SYNTAX", 1, 1],
    ["A: 1\nB: 2\na: 3\n", "ERR_DEB822_DUPLICATE_FIELD", 3, 1],
    ["A: 1\n-----BEGIN PGP SIGNATURE-----\n", "ERR_DEB822_PGP_ARMOR", 2, 1],
    ["-----BEGIN PGP SIGNED MESSAGE-----\n", "ERR_DEB822_PGP_ARMOR", 1, 1],
    ["A: ä\0\n", "ERR_DEB822_NUL", 1, 5],
  ])("refuses %j with %s at line %i, column %i", (text, expected, line, column) => {
    let error: unknown;
    try {
      parseStanzas(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toEqual(code(expected));
    expect(error).toMatchObject({ line, column });
  });

  test("shows the place with a caret, and no control character", () => {
    let error: unknown;
    try {
      parseStanzas("A: 1\nB: \x1b[31m\nbad\u202eline\n");
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof Deb822Error)) throw error;
    expect(error.frame).toBe(
      ["  1 | A: 1", "  2 | B: \\u001b[31m", "> 3 | bad\\u202eline", "    |    ^"].join("\n"),
    );
    expect(error.message).not.toContain("\u202e");
  });

  test.each<[string, ReadOptions]>([
    ["ERR_DEB822_FIELD_TOO_LARGE", { maxFieldBytes: 10 }],
    ["ERR_DEB822_STANZA_TOO_LARGE", { maxStanzaBytes: 20 }],
    ["ERR_DEB822_TOO_MANY_FIELDS", { maxFields: 2 }],
    ["ERR_DEB822_TOO_MANY_STANZAS", { maxStanzas: 1 }],
  ])("keeps to the limit of %s", (expected, options) => {
    const text = "A: 1\n\nA: 123456\n 789\nB: 2\nC: 3\n";
    expect(parseStanzas(text, { maxFieldBytes: 18 }).length).toBe(2);
    expect(() => parseStanzas(text, options)).toThrow(code(expected));
    expect(() => parseStanzas(text, { ...options, onProblem: () => {} })).toThrow(code(expected));
  });

  test("refuses limits that are no positive numbers", () => {
    expect(() => parseStanzas("", { maxFields: 0 })).toThrow(TypeError);
    expect(() => parseStanzas("", { maxFieldBytes: Number.NaN })).toThrow(TypeError);
  });

  test("reports problems and goes on when lenient", () => {
    const problems: Deb822Error[] = [];
    const text = " x\n\nA: 1\nbad\n gone\nB: \0\na: 2\n gone\nC: 3\n\nbad\n\nD: 4\n";
    expect(values(text, { onProblem: (problem) => problems.push(problem) })).toEqual([
      [
        ["A", "1"],
        ["B", "\0"],
        ["C", "3"],
      ],
      [["D", "4"]],
    ]);
    expect(problems.map(({ code, line }) => [code.slice(11), line])).toEqual([
      ["SYNTAX", 1],
      ["SYNTAX", 4],
      ["NUL", 6],
      ["DUPLICATE_FIELD", 7],
      ["SYNTAX", 11],
    ]);
  });

  test("keeps the lines of a stanza as they were read where it is asked to", async () => {
    const text = "\ufeff# top\n\nA: 1\r\n# b\n 2 \n \t\nB:3\r\n\r\n\n#x\nA: \u00e9";
    for (const size of [1, 3, 1000]) {
      const stanzas = await collect(
        readStanzas(cut(Buffer.from(text), [size]), { keepBytes: true, fields: ["B"] }),
      );
      const kept = stanzas.map(({ bytes }) => Buffer.from(bytes ?? []).toString());
      expect(kept).toEqual(["A: 1\r\n# b\n 2 \n \t\nB:3\r\n", "A: \u00e9\n"]);
    }
    expect(parseStanzas(text)[0]?.bytes).toBeUndefined();
  });

  test("reads the same from the lines that it kept", async () => {
    await fc.assert(
      fc.asyncProperty(controlData, async (text) => {
        const read = parseStanzas(text, { keepBytes: true });
        const again = read.map(({ bytes }) => parseStanzas(Buffer.from(bytes ?? []).toString()));
        expect(again.map((found) => found.map(plain))).toEqual(read.map((one) => [plain(one)]));
      }),
    );
  });

  test("knows the line of every field, comments or not, projected or not", () => {
    const text = "\nA: 1\n 2\nB:\n# c\n x\nC: 3\n\n# d\nA: 1\n 2\n 3\nB: 4\n";
    for (const options of [{}, { fields: ["c", "b", "a"] }]) {
      const lines = parseStanzas(text, options).map((stanza) =>
        ["A", "b", "C", "D"].map((name) => stanza.lineOf(name)),
      );
      expect(lines).toEqual([
        [2, 4, 7, undefined],
        [10, 13, undefined, undefined],
      ]);
    }
    const onProblem = () => {};
    expect(parseStanzas("A: 1\nbad\nB: 2\n", { onProblem })[0]?.lineOf("b")).toBe(3);
  });

  test("finds repeated fields after more names than it remembers", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `F${i}-${"x".repeat(60)}: ${i}\n`);
    const text = `Z: 1\n\nA: 1\n\n${names.join("")}Z: 1\n\nA: 1\nA: 2\n`;
    for (const options of [{}, { fields: ["A"] }]) {
      expect(() => parseStanzas(text, options)).toThrow(code("ERR_DEB822_DUPLICATE_FIELD"));
    }
  });

  test("finds the same with a million different names as with one", () => {
    const text = Array.from({ length: 40_000 }, (_, i) => `F${i}: ${i}\n\n`).join("");
    expect(parseStanzas(text).at(-1)?.get("f39999")).toBe("39999");
    const many = Array.from({ length: 5000 }, (_, i) => `F${i}: ${i}\n`).join("");
    expect(parseStanzas(many)[0]?.get("f4999")).toBe("4999");
    expect(() => parseStanzas(`${many}f0: x\n`)).toThrow(code("ERR_DEB822_DUPLICATE_FIELD"));
  });
});
