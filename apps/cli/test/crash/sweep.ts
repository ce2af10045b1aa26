import { type Durability, judgeDurability } from "./durability.js";
import type { Death, Killable } from "./killable.js";
import { type Expected, openOracle } from "./oracle.js";
import { differences, type Outcome, outcomeOf } from "./outcome.js";
import type { Scenario } from "./scenarios.js";
import { type StoreView, viewStore } from "./store-view.js";
import type { Base, World } from "./world.js";

/** A scenario that was run once undisturbed. */
export interface Rehearsal extends Expected {
  readonly outcome: Outcome;
  /** The same after other syncs, hours later; found out when it is asked for. */
  settled(): Promise<Outcome>;
  readonly durability: Durability;
  readonly steps: number;
  /** The numbers of the steps that are writes. */
  readonly writes: readonly number[];
  /** Milliseconds. */
  readonly took: number;
  /** Calls that changed something elsewhere. */
  readonly elsewhere: readonly string[];
}

/** What came of one kill. */
export interface Kill {
  readonly violations: readonly string[];
  /** False where the command ended before its time had come. */
  readonly killed: boolean;
}

/** Kills commands, and judges what they leave. */
export interface Sweep {
  rehearse(scenario: Scenario): Promise<Rehearsal>;
  kill(rehearsal: Rehearsal, death: Death): Promise<Kill>;
}

const HOURS = 3_600_000;

export function openSweep(world: World, killable: Killable): Sweep {
  const oracle = openOracle(world);
  const bases = new Map<Base, StoreView>();
  const begin = async (base: Base) => {
    await world.reset(base);
    const before = bases.get(base) ?? viewStore(world);
    bases.set(base, before);
    return before;
  };
  const start = (scenario: Scenario, typed: readonly string[]) => [
    ...typed,
    ...world.arguments(scenario.configuration),
  ];
  /** Other syncs, as they come: one that sees what is superseded, one when its grace is over. */
  const settle = async ({ configuration }: Scenario): Promise<string | undefined> => {
    for (const hours of [2, 4]) {
      const ended = await world.run(configuration, ["sync"], new Date(Date.now() + hours * HOURS));
      if (ended.status !== 0) return `the next sync: exit ${ended.status}: ${ended.stderr}`;
    }
    return undefined;
  };
  const undisturbed = async (scenario: Scenario, before: StoreView): Promise<Outcome> => {
    await begin(scenario.base);
    const { status, stderr } = await world.run(scenario.configuration, scenario.words(world));
    const failure = status === 0 ? await settle(scenario) : stderr;
    if (failure !== undefined) throw new Error(`${scenario.title}: ${failure}`);
    return outcomeOf(viewStore(world), before);
  };

  return {
    async rehearse(scenario) {
      const before = await begin(scenario.base);
      const { ended, steps } = await killable.trace(start(scenario, scenario.words(world)));
      if (ended.status !== 0) throw new Error(`${scenario.title}: ${ended.stderr}`);
      const after = viewStore(world);
      const isTree = (path: string) => before.trees.has(path.slice(world.work.length + 1));
      let settled: Promise<Outcome> | undefined;
      const begun = steps.filter((step) => step.at === "begin");
      return {
        scenario,
        before,
        after,
        outcome: outcomeOf(after, before),
        settled: () => {
          settled ??= undisturbed(scenario, before);
          return settled;
        },
        durability: judgeDurability(steps, isTree),
        steps: ended.steps,
        writes: begun.filter(({ call }) => call === "write").map(({ number }) => number),
        took: ended.took,
        elsewhere: steps.flatMap((step) =>
          step.at === "out"
            ? [`outside the store: ${step.call} ${step.path} ${step.to}`.trimEnd()]
            : [],
        ),
      };
    },

    async kill(rehearsal, death) {
      const { scenario, before, outcome } = rehearsal;
      const { configuration } = scenario;
      await begin(scenario.base);
      const typed = scenario.words(world);
      const { status, stderr } = await killable.run(start(scenario, typed), death);
      if (status !== undefined && status !== 0)
        return { violations: [`exit ${status}: ${stderr}`], killed: false };
      const view = viewStore(world);
      const violations = await oracle.violations(view, rehearsal);
      violations.push(...(await readers(view)));

      const again = await finish(view);
      if (again !== undefined) violations.push(again);
      const finished = viewStore(world);
      violations.push(...(await oracle.violations(finished, rehearsal)));
      const found = outcomeOf(finished, before);
      const left = differences(found, outcome);
      // What was sealed and never shown waits for its grace like any tree that was superseded.
      const waits = (line: string) => /^(?:idle|leftOvers): unexpected/.test(line);
      violations.push(...left.filter((line) => !waits(line)).map((line) => `in the end: ${line}`));
      if (left.some(waits)) {
        const unsettled = await settle(scenario);
        if (unsettled !== undefined) violations.push(unsettled);
        const found = outcomeOf(viewStore(world), before);
        const later = differences(found, await rehearsal.settled());
        violations.push(...later.map((line) => `after the next sync: ${line}`));
      }
      return { violations: [...new Set(violations)], killed: status === undefined };

      /** What looks at the store must work at once, whatever lies there. */
      async function readers(seen: StoreView): Promise<string[]> {
        const faults: string[] = [];
        const list = await world.run(configuration, ["snapshot", "list", "--json"]);
        const statusOf = await world.run(configuration, ["status", "--json"]);
        for (const [verb, ended] of Object.entries({ "snapshot list": list, status: statusOf }))
          if (ended.status !== 0) faults.push(`${verb}: exit ${ended.status}: ${ended.stderr}`);
        if (list.status !== 0 || configuration === "none") return faults;
        const { mirrors } = JSON.parse(list.stdout);
        const listed = mirrors.flatMap(
          ({ id, snapshots }: { id: string; snapshots: { name: string }[] }) =>
            snapshots.map(({ name }) => `snapshots/${id}/${name}`),
        );
        const lies = [...seen.trees.keys()].filter((path) => path.startsWith("snapshots/"));
        if (listed.sort().join(" ") !== lies.sort().join(" "))
          faults.push(`snapshot list: ${listed.join(" ")}, but there lie ${lies.join(" ")}`);
        return faults;
      }

      /** The same command once more; what is wrong with how it ended. */
      async function finish(seen: StoreView): Promise<string | undefined> {
        if (scenario.once !== undefined && seen.history.get("demo")?.at(-1)?.kind === scenario.once)
          return undefined;
        const ended = await world.run(configuration, [...typed, "--json"]);
        if (ended.status === 0) return undefined;
        const text = ended.stdout;
        if (scenario.done?.some((code) => text.includes(`"${code}"`)) === true) {
          if (scenario.afterwards === undefined) return undefined;
          const last = await world.run(configuration, scenario.afterwards);
          return last.status === 0 ? undefined : `afterwards: exit ${last.status}: ${last.stderr}`;
        }
        return `again: exit ${ended.status}: ${ended.stderr}`;
      }
    },
  };
}
