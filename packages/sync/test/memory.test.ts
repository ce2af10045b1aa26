import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { addFile } from "../src/add-file.js";
import type { Candidate } from "../src/candidate.js";
import { createUnpacker } from "../src/index.js";
import { readIndexEntries } from "../src/index-entries.js";
import { maybeRepeated } from "../src/maybe-repeated.js";
import { ownText } from "../src/own-text.js";
import { candidatePacker } from "../src/packed-candidates.js";
import type { PoolFile } from "../src/pool-files.js";
import { candidateFields, readCandidates } from "../src/read-candidates.js";
import { candidate, filters } from "./candidates.js";

const PACKAGES = 20_000;

/** A stanza as Debian has them, in what counts for memory. */
function stanza(number: number): string {
  const name = `libexample-number${number}-perl`;
  const relations = ["perl:any", "libc6 (>= 2.34)", "libfoo-bar-perl | libbar (>= 1.2.3~)"];
  return `${[
    `Package: ${name}`,
    "Source: libexample-perl (1.2.3-4)",
    `Version: 1.2.3-4+b${number}`,
    "Architecture: amd64",
    `Depends: ${relations.join(", ")}, libother-perl (= 1.2.${number})`,
    `Recommends: libmore${number}-perl`,
    `Description: ${"a package with many words in its description ".repeat(3)}`,
    "Section: perl",
    "Priority: optional",
    `Filename: pool/main/libe/libexample-perl/${name}_1.2.3-4+b${number}_amd64.deb`,
    "Size: 12345",
    `MD5sum: ${number.toString(16).padStart(32, "0")}`,
    `SHA256: ${number.toString(16).padStart(64, "0")}`,
  ].join("\n")}\n\n`;
}

async function packagesIndex() {
  const place = await temporaryDirectory("memory-");
  onTestFinished(() => place.remove());
  const file = join(place.path, "Packages");
  const text = Array.from({ length: PACKAGES }, (_, number) => stanza(number)).join("");
  writeFileSync(file, text);
  const packed = { suite: "stable", path: "Packages", file, compression: "", limit: 2 ** 30 };
  return { ...packed, kind: "packages" as const };
}

/** Bytes of the heap that are in use once everything that is not has gone. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

const reader = { unpacker: createUnpacker() };

describe("of an index, memory keeps", () => {
  it("little more of a file than its path and digests", async () => {
    const index = await packagesIndex();
    const files = new Map<string, PoolFile>();
    const before = heapUsed();
    for await (const batch of readIndexEntries(reader, index, []))
      for (const { file } of batch) addFile(files, file);
    expect((heapUsed() - before) / PACKAGES).toBeLessThan(440);
    expect(files.size).toBe(PACKAGES);
  });

  it("little more of a package than what it is called", async () => {
    const listing = await packagesIndex();
    const { index } = candidate("any");
    const fields = candidateFields(filters({ withDependencies: true, withRecommends: true }), true);
    const options = { architectures: [], fields, place: (path: string) => path };
    const candidates: Candidate[] = [];
    const before = heapUsed();
    const pack = candidatePacker();
    for await (const one of readCandidates(reader, listing, index, options))
      candidates.push(pack(one));
    expect((heapUsed() - before) / PACKAGES).toBeLessThan(300);
    expect(candidates.at(-1)).toMatchObject({ version: `1.2.3-4+b${PACKAGES - 1}` });
  });
});

describe("a packed package", () => {
  it("says all that it said before", () => {
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "libs"));
    const record = fc.record({
      ...{ version: text, architecture: text, path: text, section: text, priority: text },
      ...{ source: text, multiArch: text, depends: text, preDepends: text, recommends: text },
      provides: text,
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), fc.string(), (records, name) => {
        const some = records.map((given) => candidate(name, given));
        const packed = some.map(candidatePacker());
        for (const [at, one] of some.entries()) expect(packed[at]).toMatchObject({ ...one });
      }),
    );
  });

  it("may be longer than what is taken at a time, and its neighbours stay whole", () => {
    const lengths = [10, 1 << 20, 3 << 20, 1 << 19, 1 << 19, 1 << 19, 10];
    const some = lengths.map((length, at) => candidate(`a${at}`, { depends: "é".repeat(length) }));
    const packed = some.map(candidatePacker());
    expect(packed.map(({ depends }) => depends.length)).toEqual(lengths);
    expect(packed.map(({ path }) => path)).toEqual(some.map(({ path }) => path));
  });
});

describe("a text of its own", () => {
  it("is the same text, however long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(3000), (text, times) => {
        const long = text.repeat(times);
        expect(ownText(long)).toBe(long);
      }),
    );
  });
});

describe("items that may be repeated", () => {
  it("are all that are, and few others", () => {
    const keys = Array.from({ length: 50_000 }, (_, at) => `pool/main/p/package-${at}.deb`);
    const repeated = [...keys, "twice", "thrice", "twice", "thrice", "thrice"];
    const found = maybeRepeated(repeated, (key) => key);
    expect(found.filter((key) => key.length < 7)).toEqual(repeated.slice(keys.length));
    expect(found.length).toBeLessThan(10_000);
    // Two keys of one bucket: whoever asks compares them.
    expect(maybeRepeated(["Aa", "BB"], (key) => key)).toEqual(["Aa", "BB"]);
  });
});
