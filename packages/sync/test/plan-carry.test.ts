import type { ManifestFile } from "@mirror/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carriedSince, indexMark, markCarried, unmarkCarried } from "../src/carried-mark.js";
import { type CarryInto, planCarry } from "../src/plan-carry.js";

const HOUR = 3_600_000;
const NOW = new Date("2026-03-01T12:00:00Z");

const file = (path: string, more: Partial<ManifestFile> = {}): ManifestFile => ({
  path,
  size: 10,
  sha256: path.length.toString(16).padStart(64, "0"),
  mtime: 0,
  ...more,
});
const into = (paths: readonly string[] = [], more: Partial<CarryInto> = {}): CarryInto => ({
  now: NOW,
  has: (path) => paths.includes(path),
  isDirectory: (path) => paths.some((taken) => taken.startsWith(`${path}/`)),
  files: 10,
  bytes: 100,
  ...more,
});
const names = (files: readonly ManifestFile[]) => files.map(({ path }) => path).sort();
const DEB = "pool/main/h/hello/hello_1_amd64.deb";
const HASH = "dists/s/main/binary-amd64/by-hash/SHA256/0123";

describe("planCarry", () => {
  it("carries by-hash files and files of packages, and no metadata by its own name", () => {
    const metadata = [
      file("dists/s/InRelease"),
      file("dists/s/main/binary-amd64/Packages.xz"),
      file("dists/s/main/i18n/Translation-de.bz2", { checked: indexMark("md5:00") }),
      file("dists/s/main/Contents-amd64.gz", { checked: indexMark(undefined) }),
    ];
    const { carried, freed } = planCarry([file(DEB), file(HASH), ...metadata], into());
    expect(names(carried)).toEqual([HASH, DEB]);
    expect(freed).toEqual(metadata);
  });

  it("keeps the time at which a file left, for three days and in two trees at least", () => {
    const since = (left: number, trees: number) =>
      markCarried(file(DEB, { checked: "md5:00" }), { left: NOW.getTime() - left, trees });
    const again = (left: number, trees: number) => planCarry([since(left, trees)], into()).carried;
    expect(carriedSince(planCarry([file(DEB)], into()).carried[0] ?? file(""))).toEqual({
      left: NOW.getTime(),
      trees: 1,
    });
    expect(again(71 * HOUR, 40)).toHaveLength(1);
    expect(carriedSince(again(71 * HOUR, 40)[0] ?? file(""))).toEqual({
      left: NOW.getTime() - 71 * HOUR,
      trees: 41,
    });
    expect(again(1000 * HOUR, 1)).toHaveLength(1);
    expect(again(72 * HOUR, 2)).toEqual([]);
  });

  it("believes no time to come", () => {
    const ahead = markCarried(file(DEB), { left: NOW.getTime() + 1e9, trees: 9 });
    const [carried = file("")] = planCarry([ahead], into()).carried;
    expect(carriedSince(carried)?.left).toBe(NOW.getTime());
  });

  it("leaves every path to upstream that the new tree needs as a file or as a directory", () => {
    const left = ["a/x.deb", "b", "c/d/x.deb", "e/x.deb"].map((path) => file(path));
    const { carried } = planCarry(left, into(["a/x.deb", "b/y.deb", "c/d"]));
    expect(names(carried)).toEqual(["e/x.deb"]);
  });

  it("carries no more than the tree holds once that is much, what left last first", () => {
    const gigabyte = 1 << 30;
    const left = [1, 2, 3].map((hours) =>
      markCarried(file(`${"p".repeat(hours)}/x.deb`, { size: gigabyte / 2 }), {
        left: NOW.getTime() - hours * HOUR,
        trees: 1,
      }),
    );
    expect(names(planCarry(left, into()).carried)).toEqual(["p/x.deb", "pp/x.deb"]);
    expect(planCarry(left, into([], { bytes: 2 * gigabyte })).carried).toHaveLength(3);
    const many = Array.from({ length: 20_000 }, (_, at) => file(`p/${at}.deb`, { size: 1 }));
    expect(planCarry(many, into()).carried).toHaveLength(10_000);
    expect(planCarry(many, into([], { files: 15_000 })).carried).toHaveLength(15_000);
  });

  it("parts what left into carried and freed, whatever it is", () => {
    const path = fc.constantFrom(DEB, HASH, "a", "a/b.deb", "InRelease", "x/Packages", "q/z.dsc");
    const mark = fc.option(
      fc.record({ left: fc.integer({ min: 0, max: 2e12 }), trees: fc.nat(9) }),
      { nil: undefined },
    );
    const files = fc.uniqueArray(
      fc.tuple(path, mark).map(([at, since]) => (since ? markCarried(file(at), since) : file(at))),
      { selector: (one) => one.path },
    );
    fc.assert(
      fc.property(files, fc.uniqueArray(path), (left, taken) => {
        const { carried, freed } = planCarry(left, into(taken));
        expect([...names(carried), ...names(freed)].sort()).toEqual(names(left));
        for (const one of carried) {
          expect(taken).not.toContain(one.path);
          expect(carriedSince(one)?.left).toBeLessThanOrEqual(NOW.getTime());
        }
      }),
    );
  });
});

describe("the mark of a carried file", () => {
  it("comes and goes beside what the file was checked against", () => {
    const digest = fc.stringMatching(/^[0-9a-f]{16}$/);
    const checked = fc.option(
      fc.tuple(digest, digest).map(([a, b]) => `md5:${a} sha1:${b}`),
      { nil: undefined },
    );
    const since = fc.record({ left: fc.nat(2e9).map((s) => s * 1000), trees: fc.nat(99_999) });
    fc.assert(
      fc.property(checked, since, since, (before, one, other) => {
        const plain = file(DEB, before === undefined ? {} : { checked: before });
        const marked = markCarried(markCarried(plain, one), other);
        expect(carriedSince(plain)).toBeUndefined();
        expect(carriedSince(marked)).toEqual(other);
        expect(unmarkCarried(marked)).toEqual(plain);
      }),
    );
  });
});
