import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planPool } from "../src/plan-pool.js";

const path = fc.constantFrom("pool/a.deb", "pool/b.deb", "pool/c.deb", "dists/s/Packages", "x.deb");
const digest = fc.constantFrom("a", "b").map((digit) => digit.repeat(64));
const content = fc.record({ size: fc.nat(2), sha256: digest });

const wantedFiles = fc
  .uniqueArray(fc.tuple(path, content), { selector: ([name]) => name })
  .map((entries) => {
    const files = entries.map(
      ([name, { size, sha256 }]) =>
        [name, { path: name, size, digests: { sha256 }, suite: "s" }] as const,
    );
    return new Map(files);
  });
const presentFiles = fc
  .uniqueArray(fc.tuple(path, content), { selector: ([name]) => name })
  .map((entries) => new Map(entries.map(([name, c]) => [name, { path: name, ...c, mtime: 0 }])));

describe("planPool", () => {
  it("has every file hashed of which damaged ones were found, before it is used again", () => {
    const sha256 = "a".repeat(64);
    const wanted = new Map([
      ["x.deb", { path: "x.deb", size: 1, digests: { sha256 }, suite: "s" }],
    ]);
    const present = new Map([["x.deb", { path: "x.deb", size: 1, sha256, mtime: 0 }]]);
    const unchecked = (suspects: string[]) =>
      planPool(wanted, present, new Set(), new Set(suspects)).reuse[0]?.unchecked;
    expect([unchecked([]), unchecked([sha256])]).toEqual([false, true]);
  });

  it("divides what is wanted into reuse and download, each file once", () => {
    fc.assert(
      fc.property(wantedFiles, presentFiles, (wanted, present) => {
        const plan = planPool(wanted, present, new Set());
        const planned = [...plan.reuse.map(({ wanted: file }) => file), ...plan.download];
        expect(planned.map((file) => file.path).sort()).toEqual([...wanted.keys()].sort());
      }),
    );
  });

  it("reuses only what has the same path, size and SHA256", () => {
    fc.assert(
      fc.property(wantedFiles, presentFiles, (wanted, present) => {
        for (const { wanted: file, file: here } of planPool(wanted, present, new Set()).reuse) {
          expect(here).toEqual(present.get(file.path));
          expect([here.size, here.sha256]).toEqual([file.size, file.digests.sha256]);
        }
      }),
    );
  });

  it("frees exactly what is neither wanted nor kept", () => {
    fc.assert(
      fc.property(wantedFiles, presentFiles, fc.uniqueArray(path), (wanted, present, kept) => {
        const freed = planPool(wanted, present, new Set(kept)).free.map((file) => file.path);
        const expected = [...present.keys()].filter((p) => !wanted.has(p) && !kept.includes(p));
        expect(freed).toEqual(expected);
      }),
    );
  });

  it("hashes a file that is listed by SHA512 alone before it is reused, because the manifest cannot tell", () => {
    const wanted = new Map([
      ["a", { path: "a", size: 1, digests: { sha512: "c".repeat(128) }, suite: "s" }],
    ]);
    const present = new Map([["a", { path: "a", size: 1, sha256: "a".repeat(64), mtime: 0 }]]);
    expect(planPool(wanted, present, new Set())).toMatchObject({
      reuse: [{ unchecked: true }],
      download: [],
    });
  });
});
