import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDigester, type Digester } from "../src/index.js";
import { PLAIN_DIGESTER } from "../src/ports/digester.js";

const ALGORITHMS = ["sha256", "md5", "sha512"];
/** Below, at and above what a thread is asked for, and more than it reads at a time. */
const SIZES = [0, 1, 200_000, 1 << 18, 1 << 20, 3_000_000];

let directory: string;
let remove: () => Promise<void>;
const bytesOf = (size: number) => Buffer.alloc(size, `${size} bytes `);

beforeAll(async () => {
  const place = await temporaryDirectory();
  directory = place.path;
  remove = () => place.remove();
  for (const size of SIZES) writeFileSync(join(directory, String(size)), bytesOf(size));
});
afterAll(() => remove());

describe.each<[string, () => Digester]>([
  ["on this thread", () => PLAIN_DIGESTER],
  ["of this machine", createDigester],
])("a digester %s", (_name, create) => {
  it("finds what other programs find, many files at a time, and tells of each byte once", async () => {
    const digester = create();
    const work = Array.from({ length: 4 }, () => SIZES).flat();
    let told = 0;
    const onBytes = (count: number) => {
      told += count;
    };
    const found = await Promise.all(
      work.map((size) =>
        digester.digest(join(directory, String(size)), size, ALGORITHMS, { onBytes }),
      ),
    );
    for (const [index, size] of work.entries())
      for (const name of ALGORITHMS)
        expect(found[index]?.get(name)).toBe(createHash(name).update(bytesOf(size)).digest("hex"));
    expect(told).toBe(work.reduce((sum, size) => sum + size, 0));
    digester[Symbol.dispose]();
    digester[Symbol.dispose]();
  });

  it("rejects for what is no file, and goes on with the next", async () => {
    const digester = create();
    const size = 3_000_000;
    const digest = (name: string) => digester.digest(join(directory, name), size, ["sha256"], {});
    mkdirSync(join(directory, "directory"), { recursive: true });
    symlinkSync(join(directory, String(size)), join(directory, `link-${_name}`));
    await expect(digest("missing")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(digest(`link-${_name}`)).rejects.toMatchObject({ code: "ELOOP" });
    await expect(digest("directory")).rejects.toThrow();
    expect((await digest(String(size))).size).toBe(1);
    digester[Symbol.dispose]();
  });

  it("ends at once when its signal says so, and works for others still", async () => {
    const digester = create();
    const size = 3_000_000;
    const digest = (signal?: AbortSignal) =>
      digester.digest(join(directory, String(size)), size, ["sha512"], { signal });
    const reason = new Error("enough");
    const control = new AbortController();
    const many = Promise.allSettled(Array.from({ length: 9 }, () => digest(control.signal)));
    control.abort(reason);
    for (const outcome of await many) expect(outcome).toEqual({ status: "rejected", reason });
    await expect(digest(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect((await digest()).size).toBe(1);
    digester[Symbol.dispose]();
    expect((await digest()).size).toBe(1);
  });
});
