import type { SyncEvent } from "@mirror/sync";
import { expect, test } from "vitest";
import { reserveOf } from "../src/reserve.js";
import { createSpaceClaims } from "../src/space-claims.js";

const GIB = 1024 ** 3;
const TIB = 1024 * GIB;

test.each([
  [{ share: 0.02, atMost: 10 * GIB }, 100 * GIB, 2 * GIB],
  [{ share: 0.02, atMost: 10 * GIB }, 20 * TIB, 10 * GIB],
  [{ share: 0.02 }, 20 * TIB, 0.4 * TIB],
  [{ share: 0 }, 20 * TIB, 0],
  [{ bytes: 5e9 }, GIB, 5e9],
])("%j of %i bytes is a reserve of %i", (minFree, size, reserve) => {
  expect(reserveOf(minFree, size)).toBeCloseTo(reserve, -1);
});

const NONE = { bytes: 0, inodes: 0 };

const planned = (id: string, bytes: number, inodes: number): SyncEvent => ({
  type: "space-planned",
  id,
  needed: { bytes, inodes },
});

const progress = (
  id: string,
  phase: "copy" | "packages" | "reuse",
  bytes: number,
  files: number,
): SyncEvent => {
  const work = { files: 9, bytes: 9000 };
  return { type: "progress", id, phase, done: { files, bytes }, failed: 0, absent: 0, work };
};

test("claims are what other mirrors have planned and not written yet", () => {
  const claims = createSpaceClaims();
  expect(claims.ofOthers("a")).toEqual(NONE);
  claims.listen(planned("a", 1000, 10));
  claims.listen(planned("b", 500, 5));
  expect(claims.ofOthers("a")).toEqual({ bytes: 500, inodes: 5 });
  expect(claims.ofOthers("c")).toEqual({ bytes: 1500, inodes: 15 });
  claims.listen(progress("a", "packages", 300, 2));
  claims.listen(progress("b", "reuse", 300, 2));
  claims.listen(progress("c", "packages", 300, 2));
  expect(claims.ofOthers("c")).toEqual({ bytes: 1200, inodes: 13 });
  // Progress counts from the beginning of its phase; failed attempts may bring more than was planned.
  claims.listen(progress("a", "packages", 2000, 3));
  expect(claims.ofOthers("b")).toEqual({ bytes: 0, inodes: 7 });
  claims.listen({ type: "switched", id: "a", generation: "g" });
  expect(claims.ofOthers("b")).toEqual(NONE);
  claims.release("b");
  expect(claims.ofOthers("c")).toEqual(NONE);
});

test("a phase that begins claims nothing again of what came in the one before", () => {
  const claims = createSpaceClaims();
  const started = (phase: "copy" | "packages"): SyncEvent => ({
    type: "phase-started",
    id: "a",
    phase,
    work: { files: 9, bytes: 9000 },
  });
  claims.listen(planned("a", 1000, 10));
  claims.listen(started("copy"));
  claims.listen(progress("a", "copy", 200, 1));
  claims.listen(progress("a", "copy", 600, 3));
  expect(claims.ofOthers("b")).toEqual({ bytes: 400, inodes: 7 });
  claims.listen(started("packages"));
  claims.listen(progress("a", "packages", 0, 0));
  expect(claims.ofOthers("b")).toEqual({ bytes: 400, inodes: 7 });
  claims.listen(progress("a", "packages", 300, 2));
  expect(claims.ofOthers("b")).toEqual({ bytes: 100, inodes: 5 });
});

test("a plan that comes later takes the place of the one before", () => {
  const claims = createSpaceClaims();
  claims.listen(planned("a", 10, 1));
  claims.listen(progress("a", "copy", 5, 1));
  claims.listen(planned("a", 1000, 2));
  expect(claims.ofOthers("b")).toEqual({ bytes: 1000, inodes: 2 });
  claims.listen(progress("a", "copy", 105, 1));
  expect(claims.ofOthers("b")).toEqual({ bytes: 900, inodes: 2 });
});
