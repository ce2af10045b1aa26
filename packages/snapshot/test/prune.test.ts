import assert from "node:assert";
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection, Store } from "../src/index.js";
import { openStore, planPrune } from "../src/index.js";
import { CREATED, NOTE, plant } from "./plant.js";

const DAY = 86_400_000;
const at = (days: number) => new Date(CREATED.getTime() + days * DAY);

describe("the plan of a prune", () => {
  const candidates = fc.uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 3 }),
      created: fc.integer({ min: -5, max: 20 }).map(at),
      protected: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 12 },
  );
  const policy = fc.record(
    { keepLast: fc.nat({ max: 6 }), keepWithin: fc.nat({ max: 20 * DAY }) },
    { requiredKeys: ["keepLast"] },
  );
  const facts = fc.record({
    now: fc.integer({ min: 0, max: 20 }).map(at),
    used: fc.array(fc.nat()),
  });
  const usedOf = (all: readonly { name: string }[], used: readonly number[]) =>
    new Set(used.flatMap((index) => all[index % Math.max(all.length, 1)]?.name ?? []));

  it("keeps the newest, the young, the used and the protected, and nothing else", () => {
    fc.assert(
      fc.property(candidates, policy, facts, (all, { keepLast, keepWithin }, { now, used }) => {
        const inUse = usedOf(all, used);
        const { keep, remove } = planPrune(all, { keepLast, keepWithin }, { now, inUse });
        expect([...keep.map(({ name }) => name), ...remove].sort()).toEqual(
          all.map(({ name }) => name).sort(),
        );
        const reasons = new Map(keep.map(({ name, reasons }) => [name, new Set<string>(reasons)]));
        for (const one of all) {
          const newer = all.filter(
            (other) =>
              other.created > one.created ||
              (other.created.getTime() === one.created.getTime() && other.name > one.name),
          );
          const age = now.getTime() - one.created.getTime();
          const expected = new Set<string>();
          const past = newer.filter(({ created }) => created <= now);
          if (newer.length < keepLast || (one.created <= now && past.length < keepLast))
            expected.add("newest");
          if (keepWithin !== undefined && age < keepWithin) expected.add("young");
          if (inUse.has(one.name)) expected.add("in-use");
          if (one.protected) expected.add("protected");
          expect(reasons.get(one.name) ?? new Set()).toEqual(expected);
        }
      }),
    );
  });

  it("keeps as many of those made since a clock was ahead, and of those made before it was behind", () => {
    fc.assert(
      fc.property(candidates, policy, facts, (all, { keepLast }, { now, used }) => {
        const context = { now, inUse: usedOf(all, used) };
        const gone = new Set(planPrune(all, { keepLast }, context).remove);
        const past = all.filter(({ created }) => created <= now);
        const alone = planPrune(past, { keepLast }, context);
        const right = planPrune(all, { keepLast }, { ...context, now: at(20) });
        for (const plan of [alone, right])
          for (const { name } of plan.keep) expect(gone.has(name)).toBe(false);
        expect(all.length - gone.size).toBeLessThanOrEqual(alone.keep.length + right.keep.length);
      }),
    );
    const known = [3, 10, 11, 4].map((day) => ({
      name: `s${day}`,
      created: at(day),
      protected: false,
    }));
    const { remove } = planPrune(known, { keepLast: 1 }, { now: at(5), inUse: new Set() });
    expect(remove).toEqual(["s3", "s10"]);
  });

  it("removes no more by a wider policy, and nothing at a second go", () => {
    fc.assert(
      fc.property(
        candidates,
        policy,
        facts,
        fc.nat({ max: 5 }),
        fc.nat({ max: 9 * DAY }),
        (all, { keepLast, keepWithin = 0 }, { now, used }, more, longer) => {
          const context = { now, inUse: usedOf(all, used) };
          const { remove, keep } = planPrune(all, { keepLast, keepWithin }, context);
          const wider = { keepLast: keepLast + more, keepWithin: keepWithin + longer };
          for (const name of planPrune(all, wider, context).remove) expect(remove).toContain(name);
          const kept = new Set(keep.map(({ name }) => name));
          const left = all.filter(({ name }) => kept.has(name));
          expect(planPrune(left, { keepLast, keepWithin }, context).remove).toEqual([]);
        },
      ),
    );
  });

  it("does not depend on the order of what it is given, and refuses what is no policy", () => {
    fc.assert(
      fc.property(candidates, policy, facts, (all, { keepLast, keepWithin }, { now }) => {
        const context = { now, inUse: new Set<string>() };
        const plan = planPrune(all, { keepLast, keepWithin }, context);
        expect(planPrune(all.toReversed(), { keepLast, keepWithin }, context)).toEqual(plan);
      }),
    );
    for (const bad of [
      { keepLast: -1 },
      { keepLast: 1.5 },
      { keepLast: 1, keepWithin: Number.NaN },
    ])
      expect(() => planPrune([], bad, { now: CREATED, inUse: new Set() })).toThrow(TypeError);
  });
});

describe("a prune", () => {
  let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
  let store: Store;
  let site: Collection;
  beforeEach(async () => {
    dir = await temporaryDirectory();
    store = openStore({ dir: `${dir.path}/store` });
    site = store.collection("site");
    site.prepare();
    site.swap("latest", await plant(site, "g1"));
    for (let day = 0; day < 8; day += 1)
      await site.createSnapshot({ name: `s${day}`, created: at(day) });
  });
  afterEach(() => dir.remove());

  const options = { now: at(8), environments: ["current"] };
  const names = () => site.snapshots().map(({ name }) => name);
  const move = (name: string, kind: string) => {
    const tree = site.snapshot(name);
    assert(tree);
    site.move("current", tree, { ...NOTE, kind, withdraw: kind === "rollback" });
  };

  it("carries out its plan, or only tells it", () => {
    const dry = site.pruneSnapshots(
      { keepLast: 2, keepWithin: 4 * DAY },
      { ...options, dryRun: true },
    );
    expect(dry.plan.remove).toEqual(["s0", "s1", "s2", "s3", "s4"]);
    expect(names()).toHaveLength(8);
    const report = site.pruneSnapshots({ keepLast: 2, keepWithin: 4 * DAY }, options);
    expect(report.plan).toEqual(dry.plan);
    expect(report.removed.map(({ name }) => name)).toEqual(dry.plan.remove);
    expect(report.failed).toEqual([]);
    expect(names()).toEqual(["s5", "s6", "s7"]);
  });

  it("keeps what a pointer showed at its last two moves, in both directions", () => {
    for (const name of ["s0", "s1", "s2", "s3"]) move(name, "promote");
    expect(site.pruneSnapshots({ keepLast: 0 }, options).plan.keep.map(({ name }) => name)).toEqual(
      ["s1", "s2", "s3"],
    );
    move("s2", "rollback");
    site.pruneSnapshots({ keepLast: 0 }, options);
    expect(names()).toEqual(["s1", "s2", "s3"]);
    move("s1", "rollback");
    site.pruneSnapshots({ keepLast: 0 }, options);
    expect(names()).toEqual(["s1", "s2", "s3"]);
  });

  it("keeps the newest of what latest shows if automatic, which would be made again", async () => {
    for (const [name, day] of [
      ["early", 0.5],
      ["late", 1.5],
    ] as const) {
      if (name === "late") site.swap("latest", await plant(site, "g2"));
      await site.createSnapshot({ name, created: at(day), automatic: true });
    }
    const { plan } = site.pruneSnapshots({ keepLast: 0 }, options);
    expect(plan.keep).toEqual([{ name: "late", reasons: ["in-use"] }]);
    expect(names()).toEqual(["late"]);
    await site.createSnapshot({ name: "by-hand", created: at(7) });
    site.pruneSnapshots({ keepLast: 1 }, options);
    expect(names()).toEqual(["by-hand"]);
  });

  it("keeps what is protected, and goes on after a removal that failed", () => {
    site.protect("s3", NOTE);
    // A directory in the place of the manifest's next name is not replaced.
    const manifest = site.snapshot("s1")?.manifestPath ?? "";
    unlinkSync(manifest);
    mkdirSync(manifest);
    expect(names()).not.toContain("s1");
    writeFileSync(site.snapshot("s2")?.manifestPath ?? "", "garbage");
    const keep = ({ path }: { path: string }) => path === "index.html";
    mkdirSync(site.paths.state, { recursive: true });
    writeFileSync(`${site.paths.state}/deleted`, "in the way");
    const report = site.pruneSnapshots({ keepLast: 1 }, { ...options, keep });
    // Nothing can be kept of s2, whose manifest is damaged: it goes. The others must not.
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual(
      ["s0", "s4", "s5", "s6"].map((name) => [name, "ERR_SNAPSHOT_FOREIGN_ENTRY"]),
    );
    expect(report.removed.map(({ name }) => name)).toEqual(["s2"]);
    expect(names()).toEqual(["s0", "s3", "s4", "s5", "s6", "s7"]);
    unlinkSync(`${site.paths.state}/deleted`);
    site.pruneSnapshots({ keepLast: 2 }, { ...options, keep });
    expect(names()).toEqual(["s3", "s6", "s7"]);
  });

  it("removes nothing while nobody can tell what is shown, nor behind a public directory that moved", () => {
    move("s0", "promote");
    rmSync(site.paths.state, { recursive: true });
    const { pointers } = site.paths;
    renameSync(pointers, `${pointers}.away`);
    symlinkSync("site", pointers);
    const unreadable = expect.objectContaining({ code: "ERR_SNAPSHOT_READ" });
    for (const dryRun of [true, false])
      expect(() =>
        site.pruneSnapshots({ keepLast: 0 }, { now: at(8), environments: [], dryRun }),
      ).toThrow(unreadable);
    expect(() => site.removeSnapshot("s7", { force: true })).toThrow(unreadable);
    expect([...site.usage().unreadable.keys()]).toEqual([pointers]);
    unlinkSync(pointers);
    symlinkSync("site.away", pointers);
    site.pruneSnapshots({ keepLast: 0 }, { now: at(8), environments: [] });
    expect(names()).toEqual(["s0"]);
  });
});
