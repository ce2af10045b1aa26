import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KnownSnapshot, planSnapshot, type StagingMove } from "../src/plan-snapshot.js";
import { freeSnapshotName } from "../src/snapshot-name.js";

const at = (day: number) => new Date(Date.UTC(2026, 0, day));
const snapshot = (name: string, source: string, more: Partial<KnownSnapshot> = {}) => ({
  name,
  source,
  created: at(1),
  automatic: true,
  ...more,
});

const move = (to: string, day: number, more: Partial<StagingMove> = {}) => ({
  to,
  created: undefined,
  at: at(day),
  automatic: false,
  ...more,
});
const bySync = { automatic: true };

describe("what follows a sync", () => {
  it("is a first snapshot, staged where that is wanted", () => {
    expect(planSnapshot("g1", [])).toEqual({ create: true, stage: undefined });
    const staging = { shows: undefined, moves: [] };
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
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const failed = { shows: "a", moves: [move("a", 1, bySync)] };
    expect(planSnapshot("g2", known, failed).stage).toEqual({ name: "b" });
    const done = { shows: "b", moves: [...failed.moves, move("b", 2, bySync)] };
    expect(planSnapshot("g2", known, done).stage).toBeUndefined();
  });

  it("takes up a staging that was stopped before it was put on record", () => {
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const stopped = { shows: "b", moves: [move("a", 1)] };
    expect(planSnapshot("g2", known, stopped).stage).toEqual({ name: "b" });
    expect(planSnapshot("g2", known, { shows: "b", moves: [] }).stage).toEqual({ name: "b" });
  });

  it("leaves what a person staged since, by the order of the history", () => {
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const created = at(2).toISOString();
    for (const day of [1, 3]) {
      const moves = [move("b", 2, { automatic: true, created }), move("a", day)];
      expect(planSnapshot("g2", known, { shows: "a", moves }).stage).toBeUndefined();
    }
    const another = { automatic: true, created: at(0).toISOString() };
    const moves = [move("b", 0, another), move("a", 1)];
    expect(planSnapshot("g2", known, { shows: "a", moves }).stage).toEqual({ name: "b" });
  });

  it("leaves what a person staged since, by its time where none was staged by itself", () => {
    const known = [snapshot("a", "g1"), snapshot("b", "g2", { created: at(2) })];
    const since = { shows: "a", moves: [move("a", 3)] };
    expect(planSnapshot("g2", known, since).stage).toBeUndefined();
    const before = { shows: "a", moves: [move("a", 1)] };
    expect(planSnapshot("g2", known, before).stage).toEqual({ name: "b" });
  });

  it("stages a new snapshot although a person staged another one before", () => {
    const since = { shows: "a", moves: [move("a", 3)] };
    expect(planSnapshot("g3", [snapshot("a", "g1")], since).stage).toBe("new");
  });

  it("never goes back to what a clock that was ahead made", () => {
    const known = [snapshot("b", "g2"), snapshot("a", "g1", { created: at(9) })];
    const moves = [move("a", 9, bySync), move("b", 1, bySync)];
    expect(planSnapshot("g2", known, { shows: "b", moves }).stage).toBeUndefined();
    expect(planSnapshot("g2", known, { shows: "b", moves: [move("b", 1)] }).stage).toBeUndefined();
    const taken = [...known, snapshot("q1", "g3", { automatic: false })];
    expect(planSnapshot("g3", taken, { shows: "b", moves }).stage).toBeUndefined();
  });

  it("is right whatever the clock said, unless a staging fails right after one by hand", () => {
    const event = fc.record({
      kind: fc.constantFrom("publish", "sync", "fail", "stage", "take"),
      day: fc.integer({ min: 1, max: 20 }),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 14 }), (events) => {
        const taken: KnownSnapshot[] = [];
        const moves: StagingMove[] = [];
        let generation = 1;
        let byHand = false;
        const stage = (one: KnownSnapshot, day: number, automatic: boolean) => {
          if (moves.at(-1)?.to === one.name) return;
          moves.push(move(one.name, day, { automatic, created: one.created.toISOString() }));
        };
        const take = (day: number, automatic: boolean) => {
          const more = { created: at(day), automatic };
          const one = snapshot(`s${taken.length}`, `g${generation}`, more);
          taken.push(one);
          return one;
        };
        const sync = (day: number, fails: boolean) => {
          const known = taken.toSorted((a, b) => a.created.getTime() - b.created.getTime());
          const staging = { shows: moves.at(-1)?.to, moves };
          const plan = planSnapshot(`g${generation}`, known, staging);
          if (plan.create) byHand = false;
          const made = plan.create ? take(day, true) : undefined;
          if (fails) return;
          const { stage: wanted } = plan;
          const one = wanted === "new" ? made : taken.find(({ name }) => name === wanted?.name);
          if (one) stage(one, day, true);
        };
        for (const { kind, day, pick } of events) {
          const any = taken[pick % Math.max(taken.length, 1)];
          if (kind === "publish") {
            generation += 1;
            sync(day, false);
          } else if (kind === "fail") {
            if (moves.at(-1)?.automatic === false) continue;
            generation += 1;
            sync(day, true);
            sync(day, false);
          } else if (kind === "take") take(day, false);
          else if (kind === "stage" && any) {
            byHand = moves.at(-1)?.to !== any.name || byHand;
            stage(any, day, false);
          } else {
            const before = moves.at(-1)?.to;
            sync(day, false);
            const newest = taken.findLast(({ automatic }) => automatic)?.name;
            expect(moves.at(-1)?.to).toBe(byHand ? before : newest);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a name that is taken", () => {
  it("gets the first number that is free", () => {
    expect(freeSnapshotName("a", new Set())).toBe("a");
    expect(freeSnapshotName("a", new Set(["a"]))).toBe("a-2");
    expect(freeSnapshotName("a", new Set(["a", "a-2", "a-4"]))).toBe("a-3");
  });
});
