import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describeNeeds } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openWorkshop, type Workshop } from "../workshop.js";
import { BUNDLE, mirrorctl } from "./mirrorctl.js";

const READER = fileURLToPath(new URL("./children/reader.mjs", import.meta.url));
const isLong = process.env.MIRRORCTL_LONG === "1";
/** How often production moves under the reader. */
const MOVES = isLong ? 200 : 16;
/** How often each command is killed. */
const KILLS = isLong ? 30 : 5;

interface Reading {
  readonly reads: number;
  readonly files: number;
  /** Trees that were pruned under the reader, three moves after it came. */
  readonly overtaken: number;
  readonly trees: number;
  readonly violations: readonly string[];
}

/** Reads what these pointers show in another process; resolves once it has seen each of them. */
async function startReading(workshop: Workshop, pointers: readonly string[]) {
  const keyring = join(workshop.root, "keyring.gpg");
  const [key] = workshop.repository.keys;
  if (key === undefined) throw new TypeError("a repository without a key");
  writeFileSync(keyring, key.binaryPublic);
  const paths = pointers.map((pointer) => join(workshop.dir, "demo", pointer));
  const child = spawn(process.execPath, [READER, keyring, ...paths]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = Promise.all([text(child.stdout), once(child, "close")]);
  const ready = once(child.stderr, "data");
  await Promise.race([ready, ended]);
  return async (): Promise<Reading> => {
    child.stdin.end();
    return JSON.parse((await ended)[0]);
  };
}

const packages = (version: number) => [
  { package: "hello", version: `${version}` },
  { package: "world", version: `${version}.0`, architecture: "all" },
  { package: `only-in-${version}`, version: "1" },
  ...Array.from({ length: 8 }, (_, index) => ({ package: `same-${index}`, version: "1" })),
];

describeNeeds(describe, ["gpgv"], "a reader", () => {
  test(
    `sees no half and no mixed view in ${MOVES} moves, and never no pointer`,
    async () => {
      const workshop = await openWorkshop();
      await workshop.configure({
        demo: "publish_to_staging = true\nsnapshot.prune = { keep_last = 1 }",
      });
      const run = async (...words: string[]) => {
        const ran = await mirrorctl(workshop.root, ...words, "-c", workshop.config);
        expect([words, ran.status, ran.stderr]).toEqual([words, 0, expect.anything()]);
      };
      const release = async (version: number) => {
        await workshop.repository.publish({ suites: { stable: { packages: packages(version) } } });
        await run("sync");
      };
      let version = 1;
      await release(version);
      await run("snapshot", "promote", "demo");
      const stop = await startReading(workshop, ["current", "staging", "latest"]);
      for (let moves = 1; moves < MOVES; ) {
        version += 1;
        await release(version);
        await run("snapshot", "promote", "demo");
        moves += 1;
        if (version % 3 === 0) {
          await run("snapshot", "rollback", "demo");
          moves += 1;
        }
        if (version % 4 === 0) await run("snapshot", "prune", "--keep-last", "0");
        if (version % 5 === 0) {
          await run("snapshot", "publish", "demo", workshop.shows("staging") ?? "");
          moves += 1;
        }
      }
      const reading = await stop();
      expect(reading.violations).toEqual([]);
      expect(reading.reads).toBeGreaterThan(MOVES);
      expect(reading.trees).toBeGreaterThan(MOVES / 4);
      expect(reading.files).toBeGreaterThan(reading.reads * 10);
      expect(reading.overtaken).toBeLessThan(reading.reads / 10);
      const left = readdirSync(join(workshop.dir, ".mirrorctl/snapshots/demo"));
      expect(left.length, "prune was at work").toBeLessThan(16);
    },
    MOVES * 5000 + 30_000,
  );
});

/** A command that is killed: what it needs before, and how it is done in the end. */
interface Victim {
  /** Makes things ready; in the first round, too. */
  prepare?(workshop: Workshop, round: number): Promise<void>;
  words(round: number): readonly string[];
  /** Does it again as far as it is not done; succeeds, and leaves what the next round expects. */
  again(workshop: Workshop, round: number): Promise<void>;
}

const either = (round: number) => (round % 2 === 0 ? "s1" : "s2");
const create = ({ succeed }: Workshop, ...names: string[]) =>
  names.reduce(async (before, name) => {
    await before;
    await succeed("snapshot", "create", "demo", name);
  }, Promise.resolve());

const VICTIMS: Readonly<Record<string, Victim>> = {
  "snapshot create": {
    words: (round) => ["demo", `new-${round}`],
    async again(workshop, round) {
      const name = `new-${round}`;
      if (!(await names(workshop)).includes(name)) await create(workshop, name);
      await workshop.succeed("snapshot", "delete", "demo", name);
    },
  },
  "snapshot stage": {
    words: (round) => ["demo", either(round)],
    async again(workshop, round) {
      await workshop.succeed("snapshot", "stage", "demo", either(round));
      expect(workshop.shows("staging")).toBe(either(round));
    },
  },
  "snapshot promote": {
    async prepare({ succeed }, round) {
      await succeed("snapshot", "stage", "demo", either(round));
    },
    words: () => ["demo"],
    async again(workshop, round) {
      await workshop.succeed("snapshot", "promote", "demo");
      expect(workshop.shows("current")).toBe(either(round));
    },
  },
  "snapshot publish": {
    words: (round) => ["demo", either(round)],
    async again(workshop, round) {
      await workshop.succeed("snapshot", "publish", "demo", either(round));
      expect(workshop.shows("current")).toBe(either(round));
    },
  },
  "snapshot prune": {
    prepare: (workshop) => create(workshop, "old-1", "old-2"),
    words: () => ["demo", "--keep-last", "0"],
    async again(workshop) {
      await workshop.succeed("snapshot", "prune", "demo", "--keep-last", "0");
      expect(await names(workshop)).toEqual(["s2", "s1"]);
    },
  },
  "snapshot delete": {
    prepare: (workshop) => create(workshop, "old-1", "old-2"),
    words: () => ["demo", "old-1", "old-2"],
    async again(workshop) {
      const left = (await names(workshop)).filter((name) => name.startsWith("old-"));
      if (left.length > 0) await workshop.succeed("snapshot", "delete", "demo", ...left);
      expect(await names(workshop)).toEqual(["s2", "s1"]);
    },
  },
};

const names = async ({ succeed }: Workshop): Promise<string[]> => {
  const { document } = await succeed("snapshot", "list", "demo");
  return document.mirrors[0].snapshots.map(({ name }: { name: string }) => name);
};

/** Starts the built command, and kills it after some time; resolves to how long it ran, in ms. */
async function runFor(words: readonly string[], limit?: number): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [BUNDLE, ...words], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const closed = once(child, "close");
  if (limit !== undefined) {
    await Promise.race([delay(limit), closed]);
    child.kill("SIGKILL");
  }
  await closed;
  return performance.now() - started;
}

/** Every pointer there is leads to a snapshot or a tree whose manifest is there. */
function expectPointersResolve(workshop: Workshop): void {
  const root = join(workshop.dir, "demo");
  for (const name of readdirSync(root)) {
    if (!/^(?:latest|staging|current|\.\w+\.previous)$/.test(name)) continue;
    const tree = resolve(root, readlinkSync(join(root, name)));
    expect([name, existsSync(join(tree, "dists/stable/InRelease"))]).toEqual([name, true]);
    const manifest = join(dirname(tree), `.${tree.slice(dirname(tree).length + 1)}.manifest`);
    expect([name, existsSync(manifest)]).toEqual([name, true]);
  }
}

/** Names that are neither a snapshot, a tree, their manifests, nor a pointer or link. */
function leftOvers({ dir }: Workshop): string[] {
  const list = (path: string) => readdirSync(join(dir, path)).map((name) => `${path}/${name}`);
  const known = /\/(?:\.[^/]+\.(?:manifest|previous|protected|rejected)|[^./][^/]*)$/;
  return [
    ...list("demo"),
    ...list(".mirrorctl/snapshots/demo"),
    ...list(".mirrorctl/trees/demo"),
    ...list(".mirrorctl/snapshots"),
  ].filter((path) => !known.test(path));
}

describe("kill -9", () => {
  test.each(Object.entries(VICTIMS))(
    `at any moment of %s, ${KILLS} times, harms nothing`,
    async (verb, { prepare, words, again }) => {
      const workshop = await openWorkshop(["1", "2"]);
      const many = Array.from({ length: 60 }, (_, n) => ({ package: `p${n}`, version: "1" }));
      await workshop.repository.publish({ suites: { stable: { add: many } } });
      await workshop.succeed("sync");
      for (const name of ["s1", "s2"]) {
        await workshop.succeed("snapshot", "create", "demo", name, "--force");
      }
      await workshop.succeed("snapshot", "stage", "demo", "s1");
      await workshop.succeed("snapshot", "promote", "demo");
      await workshop.succeed("snapshot", "stage", "demo", "s2");
      await workshop.succeed("snapshot", "promote", "demo");
      const line = (round: number) => [...verb.split(" "), ...words(round), "-c", workshop.config];

      await prepare?.(workshop, 0);
      const whole = await runFor(line(0));
      await again(workshop, 0);
      for (let round = 1; round <= KILLS; round += 1) {
        await prepare?.(workshop, round);
        // The first part of a run is the start of Node.
        const limit = whole * (0.3 + 0.75 * Math.random());
        const ran = await runFor(line(round), limit);
        const when = `${verb}, killed after ${Math.round(ran)} of ${Math.round(whole)} ms`;
        expectPointersResolve(workshop);
        const verified = await workshop.tell("snapshot", "verify", "demo");
        expect([when, verified.status, verified.stderr]).toEqual([when, 0, expect.anything()]);
        await workshop.succeed("history", "demo");
        await again(workshop, round);
        await workshop.succeed("sync");
        expect([when, leftOvers(workshop)]).toEqual([when, []]);
        expectPointersResolve(workshop);
      }
    },
    KILLS * 10_000 + 60_000,
  );
});
