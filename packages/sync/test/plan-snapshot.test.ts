import { describe, expect, it } from "vitest";
import { type KnownSnapshot, planSnapshot } from "../src/plan-snapshot.js";
import { freeSnapshotName } from "../src/snapshot-name.js";

const at = (day: number) => new Date(Date.UTC(2026, 0, day));
const snapshot = (name: string, source: string, more: Partial<KnownSnapshot> = {}) => ({
  name,
  source,
  created: at(1),
  automatic: true,
  ...more,
});

describe("what follows a sync", () => {
  it("is a first snapshot, staged where that is wanted", () => {
    expect(planSnapshot("g1", [])).toEqual({ create: true, stage: undefined });
    const staging = { shows: undefined, lastMove: undefined };
    expect(planSnapshot("g1", [], staging)).toEqual({ create: true, stage: "new" });
  });

  it("is nothing when there is a snapshot of this generation, whatever its time", () => {
    expect(planSnapshot("g2", [snapshot("a", "g1"), snapshot("b", "g2")]).create).toBe(false);
    const future = snapshot("b", "g1", { created: at(3000) });
    expect(planSnapshot("g2", [snapshot("a", "g2"), future]).create).toBe(false);
    expect(planSnapshot("g3", [snapshot("a", "g2"), future]).create).toBe(true);
  });

  it("is no second snapshot where a person took one of this generation", () => {
    expect(planSnapshot("g1", [snapshot("q1", "g1", { automatic: false })]).create).toBe(false);
  });

  it("takes up a staging that failed", () => {
    const lastMove = { to: "a", at: at(1), automatic: true };
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    expect(planSnapshot("g2", known, { shows: "a", lastMove }).stage).toEqual({ name: "b" });
    const done = { shows: "b", lastMove: { ...lastMove, to: "b", at: at(2) } };
    expect(planSnapshot("g2", known, done).stage).toBeUndefined();
  });

  it("takes up a staging that was stopped before it was put on record", () => {
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const lastMove = { to: "a", at: at(1), automatic: false };
    expect(planSnapshot("g2", known, { shows: "b", lastMove }).stage).toEqual({ name: "b" });
    expect(planSnapshot("g2", known, { shows: "b", lastMove: undefined }).stage).toEqual({
      name: "b",
    });
  });

  it("leaves what a person staged since", () => {
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const since = { shows: "a", lastMove: { to: "a", at: at(3), automatic: false } };
    expect(planSnapshot("g2", known, since).stage).toBeUndefined();
    const before = { shows: "a", lastMove: { to: "a", at: at(1), automatic: false } };
    expect(planSnapshot("g2", known, before).stage).toEqual({ name: "b" });
  });

  it("stages a new snapshot although a person staged another one before", () => {
    const since = { shows: "a", lastMove: { to: "a", at: at(3), automatic: false } };
    expect(planSnapshot("g3", [snapshot("a", "g1")], since).stage).toBe("new");
  });
});

describe("a name that is taken", () => {
  it("gets the first number that is free", () => {
    expect(freeSnapshotName("a", new Set())).toBe("a");
    expect(freeSnapshotName("a", new Set(["a"]))).toBe("a-2");
    expect(freeSnapshotName("a", new Set(["a", "a-2", "a-4"]))).toBe("a-3");
  });
});
