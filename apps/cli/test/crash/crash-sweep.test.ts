import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeNeeds, needs } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countByStrace } from "./by-strace.js";
import { type Death, type Killable, openKillable } from "./killable.js";
import { openRandom } from "./random.js";
import { SCENARIOS, type Scenario } from "./scenarios.js";
import { openSweep, type Rehearsal, type Sweep } from "./sweep.js";
import { renderTable } from "./table.js";
import { openWorld, type World } from "./world.js";

/** Every step of every command, and kills by the clock: an hour. */
const isLong = process.env.MIRRORCTL_LONG === "1";
const seed = process.env.MIRRORCTL_SEED ?? `${Date.now()}`;
const random = openRandom(seed);
/** How many kills by the clock. */
const KILLS = isLong ? 500 : 2;
/** In the short form: how many scenarios besides that of a sync, and how many points of each. */
const OTHERS = 3;
const POINTS = 3;

/** Two mirrors need a base of their own, those that sign too: more than a short test has time for. */
const isQuick = ({ base, configuration }: Scenario) =>
  (base === "empty" || base === "kept") && configuration !== "both";
const chosen = isLong
  ? SCENARIOS
  : [
      ...SCENARIOS.filter(({ title }) => title === "sync of a changed upstream"),
      ...random.some(
        SCENARIOS.filter(isQuick).filter(({ title }) => title !== "sync of a changed upstream"),
        OTHERS,
      ),
    ];

interface Row {
  readonly scenario: string;
  readonly steps: number;
  readonly points: number;
  readonly violations: number;
  readonly seconds: number;
}

describeNeeds(
  describe,
  ["gcc", "gpgv"],
  `a command that is killed (MIRRORCTL_SEED=${seed})`,
  () => {
    let world: World;
    let killable: Killable;
    let sweep: Sweep;
    const rehearsals: Rehearsal[] = [];
    const rows: Row[] = [];

    beforeAll(async () => {
      world = await openWorld(isLong ? ["linked", "kept", "current", "signed"] : ["kept"]);
      const place = join(world.temporary, "kill");
      mkdirSync(place);
      const roots = [world.dir, world.snapshots, world.www];
      killable = await openKillable(place, roots, world.temporary);
      sweep = openSweep(world, killable);
    });

    afterAll(async () => {
      process.stdout.write(`\n${renderTable(rows)}\nMIRRORCTL_SEED=${seed}\n`);
      await world.close();
    });

    /**
     * Kills commands at moments until so many of these, at most, met them alive; tells every violation.
     * It must have been `least` of them.
     */
    async function killAt(
      title: string,
      deaths: Iterable<readonly [Rehearsal, Death]>,
      {
        steps,
        most,
        least,
      }: { readonly steps: number; readonly most: number; readonly least: number },
    ): Promise<void> {
      const started = performance.now();
      const found: string[] = [];
      let points = 0;
      for (const [rehearsal, death] of deaths) {
        if (points === most) break;
        const { violations, killed } = await sweep.kill(rehearsal, death);
        if (killed) points += 1;
        const where = `${rehearsal.scenario.title}, killed at ${JSON.stringify(death)}`;
        for (const violation of violations) found.push(`${where}: ${violation}`);
      }
      const seconds = Math.round((performance.now() - started) / 1000);
      const row = { scenario: title, steps, points, violations: found.length, seconds };
      rows.push(row);
      if (isLong) process.stderr.write(`${Object.values(row).join(", ")}\n`);
      expect(found).toEqual([]);
      expect(points).toBeGreaterThanOrEqual(least);
    }

    test.each(chosen)(
      "at a step of: $title",
      async (scenario) => {
        const rehearsal = await sweep.rehearse(scenario);
        rehearsals.push(rehearsal);
        expect(rehearsal.elsewhere, "changes outside of the store").toEqual([]);
        expect(rehearsal.durability.violations).toEqual([]);
        const whole = Array.from({ length: rehearsal.steps }, (_, index) => ({ step: index + 1 }));
        const torn = rehearsal.writes.map((step) => ({ step, torn: true }));
        const all: readonly Death[] = [...whole, ...torn];
        const deaths = isLong ? all : random.everyNth(all, POINTS);
        const pairs = deaths.map((death) => [rehearsal, death] as const);
        const { steps } = rehearsal;
        // A command may take a step less than the one before it.
        const least = Math.floor(pairs.length * 0.6);
        await killAt(scenario.title, pairs, { steps, most: pairs.length, least });
      },
      3_600_000,
    );

    test.runIf(isLong)(
      "at steps of which strace sees no more, and no fewer",
      async () => {
        needs("strace");
        for (const { title, base, configuration, words } of SCENARIOS) {
          const roots = [world.dir, world.snapshots, world.www];
          await world.reset(base);
          const typed = [...words(world), ...world.arguments(configuration)];
          const { steps } = await killable.trace(typed);
          const counted: Record<string, number> = {};
          for (const step of steps)
            if (step.at === "begin") counted[step.call] = (counted[step.call] ?? 0) + 1;
          await world.reset(base);
          const place = { cwd: world.temporary, env: killable.environment };
          expect([title, await countByStrace(typed, roots, place)]).toEqual([title, counted]);
        }
      },
      600_000,
    );

    test("at any moment", async () => {
      // A machine that was busy at the rehearsal, and is not now, is done before its time has come.
      const deaths = Array.from({ length: 4 * KILLS }, () => {
        const [rehearsal] = random.some(rehearsals, 1);
        if (rehearsal === undefined) throw new Error("nothing was rehearsed");
        // The first part of a run is the start of Node.
        const after = Math.round(rehearsal.took * (0.25 + 0.75 * random.next()));
        return [rehearsal, { after }] as const;
      });
      await killAt("random moments", deaths, { steps: 0, most: KILLS, least: KILLS / 2 });
    }, 3_600_000);
  },
);
