import { describeNeeds } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRandom } from "../crash/random.js";
import { renderTable } from "../crash/table.js";
import { type Allowance, type Flatness, type Held, judgeFlatness } from "./flatness.js";
import { openPlace, type Place } from "./place.js";
import { openSoak, type Round } from "./soak.js";

/** At least 300 syncs, for a quarter of an hour. */
const isLong = process.env.MIRRORCTL_LONG === "1";
const seed = process.env.MIRRORCTL_SEED ?? `${Date.now()}`;
const SYNCS = isLong ? 300 : 16;
/** Milliseconds. */
const TIME = isLong ? 15 * 60_000 : 8000;
const MIB = 1024 * 1024;
const MOMENTS = ["once settled", "in the middle", "in the end"];
/** What a few runs have not settled yet. */
const ALLOWED: Allowance = isLong
  ? { rss: 16 * MIB, heap: MIB, descriptors: 0, threads: 0, exits: 0 }
  : { rss: 64 * MIB, heap: 4 * MIB, descriptors: 0, threads: 0, exits: 0 };

describeNeeds(
  describe,
  ["gpgv"],
  `a mirror that is synced over and over (MIRRORCTL_SEED=${seed})`,
  () => {
    const rounds: Round[] = [];
    let flatness: Flatness | undefined;
    let place: Place;

    beforeAll(async () => {
      place = await openPlace(openRandom(`${seed} place`));
    });
    afterAll(async () => {
      await place?.close();
      const ratios = rounds.flatMap(({ ratio }) => ratio ?? []).map((ratio) => ratio.toFixed(2));
      const said = [
        renderTable(rowsOf(rounds)),
        ...(flatness?.moments ?? []).map((held, at) => `${MOMENTS[at]}: ${textOf(held)}`),
        `kept besides snapshots and records, by what is shown: ${ratios[0]} at first, ${ratios.at(-1)} at last, at most ${ratios.sort().at(-1)}`,
        `MIRRORCTL_SEED=${seed}`,
      ];
      process.stdout.write(`\n${said.join("\n")}\n`);
    });

    test(
      `keeps its promises, and its process holds no more for it, in ${SYNCS} syncs`,
      async () => {
        const soak = await openSoak(place, openRandom(seed));
        const started = performance.now();
        const syncs = () => rounds.reduce((sum, { ends }) => sum + ends.length, 0);
        while (syncs() < SYNCS || performance.now() - started < TIME) {
          const round = await soak.round();
          rounds.push(round);
          for (const violation of round.violations)
            process.stderr.write(`sync ${syncs()}, ${round.title}: ${violation}\n`);
        }
        const held = rounds.flatMap(({ held }) => held ?? []);
        flatness = judgeFlatness(held, ALLOWED);
        expect(rounds.flatMap(({ violations }) => violations)).toEqual([]);
        expect(flatness.violations).toEqual([]);
      },
      TIME * 2 + 300_000,
    );
  },
);

/** By what went wrong: how the syncs ended. */
function rowsOf(rounds: readonly Round[]): object[] {
  return [...new Set(rounds.map(({ title }) => title))].sort().map((title) => {
    const its = rounds.filter((round) => round.title === title);
    const ends = its.flatMap(({ ends }) => ends);
    const count = (end: string) => ends.filter((one) => one === end).length;
    return {
      trouble: title,
      syncs: ends.length,
      done: count("done"),
      refused: count("refused"),
      killed: count("killed"),
      violations: its.reduce((sum, { violations }) => sum + violations.length, 0),
    };
  });
}

function textOf({ rss, heap, descriptors, threads }: Held): string {
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  return `RSS ${mib(rss)}, heap ${mib(heap)}, ${descriptors} descriptors, ${threads} threads`;
}
