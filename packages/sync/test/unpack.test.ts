import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describeNeeds, temporaryDirectory } from "@mirror/testkit";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createUnpacker } from "../src/index.js";

const TEXT = "Package: hello\n".repeat(50_000);
const PATH = process.env.PATH;

afterEach(() => {
  process.env.PATH = PATH;
});

async function file(name: string, bytes: Uint8Array | string) {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const path = join(place.path, name);
  writeFileSync(path, bytes);
  return path;
}

async function unpack(path: string, compression: string, limit = TEXT.length) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of createUnpacker().open(path, compression, limit)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("createUnpacker", () => {
  it("says what it reads", () => {
    const { reads } = createUnpacker();
    expect(["", "gz", "xz", "rar"].map(reads)).toEqual([true, true, true, false]);
    process.env.PATH = "/nowhere";
    expect(["xz", "bz2", "zst"].map(createUnpacker().reads)).toEqual([true, false, false]);
  });

  it("reads plain and gz, also of several members", async () => {
    expect(await unpack(await file("a", TEXT), "")).toBe(TEXT);
    const half = TEXT.length / 2;
    const members = [TEXT.slice(0, half), TEXT.slice(half)].map((part) => gzipSync(part));
    expect(await unpack(await file("a.gz", Buffer.concat(members)), "gz")).toBe(TEXT);
  });

  it("stops at the limit and refuses what is cut", async () => {
    const path = await file("a.gz", gzipSync(TEXT));
    await expect(unpack(path, "gz", TEXT.length - 1)).rejects.toThrow("more than");
    truncateSync(path, 200);
    await expect(unpack(path, "gz")).rejects.toThrow();
    await expect(unpack(await file("b.gz", "no gzip"), "gz")).rejects.toThrow();
  });
});

describeNeeds(describe, ["bzip2", "zstd"], "bz2 and zst", () => {
  it.each([
    ["bz2", "bzip2"],
    ["zst", "zstd"],
  ])(
    "%s is read by its program, stopped at the limit, and refused when cut",
    async (form, tool) => {
      const packed = execFileSync(tool, ["--stdout"], { input: TEXT, maxBuffer: 1 << 24 });
      const path = await file(`a.${form}`, packed);
      expect(createUnpacker().reads(form)).toBe(true);
      expect(await unpack(path, form)).toBe(TEXT);
      await expect(unpack(path, form, TEXT.length - 1)).rejects.toThrow("more than");
      truncateSync(path, packed.length - 10);
      await expect(unpack(path, form)).rejects.toThrow();
    },
  );
});

describeNeeds(describe, ["xz"], "xz", () => {
  const packed = execFileSync("xz", ["--stdout"], { input: TEXT, maxBuffer: 1 << 24 });
  const ways = ["by the program", "without the program"];

  it.each(ways)("is read %s, stopped at the limit, and refused when cut", async (way) => {
    const path = await file("a.xz", packed);
    if (way === "without the program") process.env.PATH = "/nowhere";
    expect(await unpack(path, "xz")).toBe(TEXT);
    await expect(unpack(path, "xz", TEXT.length - 1)).rejects.toThrow("more than");
    truncateSync(path, packed.length - 40);
    await expect(unpack(path, "xz")).rejects.toThrow();
    await expect(unpack(await file("b.xz", "no xz"), "xz")).rejects.toThrow();
  });
});
