import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection } from "../src/index.js";
import { openStore } from "../src/index.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let collection: Collection;
beforeEach(async () => {
  dir = await temporaryDirectory();
  collection = openStore({ dir: dir.path }).collection("site");
});
afterEach(() => dir.remove());

const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
const file = () => `${collection.paths.state}/seen.json`;

describe("state", () => {
  it("is nothing before there is a store", () => {
    expect(collection.readState("seen")).toBeUndefined();
    expect(readdirSync(dir.path)).toEqual([]);
  });

  it("reads back as any JSON value that was written", () => {
    collection.prepare();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        collection.writeState("seen", value);
        expect(collection.readState("seen")).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 50 },
    );
    expect(readdirSync(collection.paths.state)).toEqual(["seen.json"]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["nothing", ""],
    ["a cut text", '{"format":1,"val'],
    ["bytes", "\0\xff"],
    ["another JSON", "[1]"],
    ["null", "null"],
    ["no format", '{"value":1}'],
    ["an odd format", '{"format":"1","value":1}'],
    ["no value", '{"format":1}'],
  ])("that is garbage counts as none: %s", (_, text) => {
    collection.prepare();
    writeFileSync(file(), text);
    expect(collection.readState("seen")).toBeUndefined();
    collection.writeState("seen", 1);
    expect(collection.readState("seen")).toBe(1);
  });

  it("is not read through a symlink, from a pipe or from a directory", () => {
    collection.prepare();
    collection.writeState("real", 1);
    symlinkSync(`${collection.paths.state}/real.json`, file());
    expect(collection.readState("seen")).toBeUndefined();
    rmSync(file());
    execFileSync("sh", ["-c", `mkfifo ${file()}`]);
    expect(collection.readState("seen")).toBeUndefined();
    mkdirSync(`${collection.paths.state}/odd.json`);
    expect(collection.readState("odd")).toBeUndefined();
  });

  it("of a newer format is refused, not lost", () => {
    collection.prepare();
    writeFileSync(file(), '{"format":2,"value":1}');
    expect(() => collection.readState("seen")).toThrow(code("NEWER_FORMAT"));
  });

  it("has names that stay in its directory, and only JSON for values", () => {
    collection.prepare();
    for (const name of ["../x", ".superseded", "", "a/b"]) {
      expect(() => collection.readState(name)).toThrow(code("BAD_NAME"));
      expect(() => collection.writeState(name, 1)).toThrow(code("BAD_NAME"));
    }
    expect(() => collection.writeState("seen", undefined)).toThrow(TypeError);
    expect(() => collection.writeState("seen", () => 1)).toThrow(TypeError);
  });
});
