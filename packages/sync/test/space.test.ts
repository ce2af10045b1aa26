import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createKey, fingerprintTree, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type RetentionPolicy, SyncError } from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";

const BLOCK = 4096;
const HOUR = 3_600_000;
const BIG = 400_000;

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [{ suite: "stable", packages: [big("1")] }]);
});
afterEach(() => mirror.close());

/** What everything in a directory takes, each inode once. */
function used(directory: string): number {
  const inodes = new Map<number, number>();
  if (!existsSync(directory)) return 0;
  for (const name of readdirSync(directory, { recursive: true })) {
    const stats = lstatSync(join(directory, String(name)));
    inodes.set(stats.ino, stats.isFile() ? Math.ceil(stats.size / BLOCK) * BLOCK : BLOCK);
  }
  return [...inodes.values()].reduce((sum, size) => sum + size, 0);
}

/** Puts the store on a disk that has so much room beside what it holds now. */
function leaveFree(bytes: number): void {
  const capacity = used(mirror.dir) + bytes;
  mirror.free = {
    get bytes() {
      return capacity - used(mirror.dir);
    },
    inodes: Number.POSITIVE_INFINITY,
  };
}

/** A package whose file has one name in all versions, so that no other one is carried over. */
function big(version: string) {
  return { package: "big", version, payload: BIG, filename: "pool/big.deb" };
}

async function publish(version: string): Promise<void> {
  await mirror.repository.publish({ suites: { stable: { add: [big(version)] } } });
}

const keepLast = (count: number): RetentionPolicy => ({
  keepLast: count,
  environments: ["staging", "current"],
  keep: () => false,
});

/** A snapshot of the working mirror. */
async function keep(name: string, at: number): Promise<void> {
  const created = new Date(Date.UTC(2026, 0, at));
  await mirror.collection.createSnapshot({ name, created });
}

async function refusal(action: Promise<unknown>): Promise<SyncError> {
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SyncError)) throw error ?? new Error("nothing was refused");
  expect(error.code).toBe("ERR_SYNC_NO_SPACE");
  return error;
}

const debsAsked = () => mirror.server.requests.filter(({ path }) => path.endsWith(".deb")).length;
const names = () => mirror.collection.snapshots().map(({ name }) => name);
const told = (type: string) => mirror.events.filter((event) => event.type === type).length;

describe("a sync that does not fit", () => {
  it("is refused before the first index where not even these fit", async () => {
    mirror.free = { bytes: 1000, inodes: 1000 };
    const { facts } = await refusal(mirror.sync());
    expect(facts.free).toEqual({ bytes: 1000, inodes: 1000 });
    expect(facts.short?.bytes).toBe((facts.needed?.bytes ?? 0) - 1000);
    const asked = new Set(mirror.server.requests.map(({ path }) => path.split("/").at(-1)));
    expect([...asked].sort()).toEqual(["InRelease", "Release", "Release.gpg"]);
  });

  it("is refused before the first package where the reserve would be touched", async () => {
    mirror.free = { bytes: 900_000, inodes: 1000, reserve: 500_000 };
    const { facts, message } = await refusal(mirror.sync());
    expect(facts.reserve).toBe(500_000);
    expect(message).toContain("500000 bytes are to stay free");
    expect(debsAsked()).toBe(0);
    mirror.free = { ...mirror.free, reserve: 100_000 };
    expect((await mirror.sync()).outcome).toBe("changed");
  });

  it("for others of the same run is refused too", async () => {
    mirror.free = { bytes: 1_000_000, inodes: 1000, claimed: { bytes: 800_000, inodes: 0 } };
    const { message } = await refusal(mirror.sync());
    expect(message).toContain("800000 bytes are for other mirrors");
  });

  it("by its files and directories is refused", async () => {
    mirror.free = { bytes: 1e9, inodes: 10 };
    const { facts } = await refusal(mirror.sync());
    expect(facts.short?.bytes).toBe(0);
    expect(facts.short?.inodes).toBeGreaterThan(0);
    expect(debsAsked()).toBe(0);
  });

  it("leaves all that is published as it was", async () => {
    await mirror.sync();
    await publish("2");
    const before = await fingerprintTree(join(mirror.dir, "m"));
    leaveFree(BIG / 2);
    await refusal(mirror.sync());
    expect(await fingerprintTree(join(mirror.dir, "m"))).toEqual(before);
    expect(readdirSync(mirror.collection.paths.trees).length).toBe(2);
  });

  it("because of a file that turns out to be damaged is refused", async () => {
    await mirror.sync();
    const deb = `${mirror.collection.latest()?.path}/pool/big.deb`;
    truncateSync(deb, 10);
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "tiny", version: "1" }] } },
    });
    mirror.server.clear();
    leaveFree(BIG / 2);
    await refusal(mirror.sync());
    expect(debsAsked()).toBe(0);
  });

  it("fits once as much of it is here as an earlier run has fetched", async () => {
    const after = BIG - BLOCK;
    const stall = mirror.server.fault(/\.deb$/, { kind: "stall", in: "body", after });
    leaveFree(BIG + 40 * BLOCK);
    const controller = new AbortController();
    const stopped = mirror.sync({ signal: controller.signal }).catch(() => "stopped");
    const comes = () =>
      mirror.events.some(
        (event) => event.type === "progress" && event.phase === "packages" && event.done.bytes > 0,
      );
    await vi.waitFor(() => expect(comes()).toBe(true), 10_000);
    await setTimeout(300);
    controller.abort();
    expect(await stopped).toBe("stopped");
    stall.remove();
    expect(used(mirror.collection.paths.partial)).toBeGreaterThan(after);
    expect((await mirror.sync()).outcome).toBe("changed");
  });
});

describe("where space lacks", () => {
  /** Three generations, of which the first is shown by nothing, and due. */
  const threeTrees = async () => {
    await mirror.sync();
    for (const version of ["2", "3"]) {
      await publish(version);
      mirror.later += 4 * 24 * HOUR;
      await mirror.sync();
    }
    mirror.later += 2 * HOUR;
    await publish("4");
  };

  it("superseded trees that are due are swept before anything is refused", async () => {
    await threeTrees();
    expect(mirror.collection.trees()).toHaveLength(3);
    leaveFree(BIG);
    const report = await mirror.dryRun();
    expect(report.refused).toBeUndefined();
    expect(report.freedFirst?.bytes).toBeGreaterThan(BIG);
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(told("space-lacking")).toBe(1);
  });

  it("those that are not due stay", async () => {
    await threeTrees();
    mirror.later -= 2 * HOUR;
    leaveFree(BIG);
    await refusal(mirror.sync());
    expect(mirror.collection.trees()).toHaveLength(3);
  });

  /** Snapshots s1, s2, s3 of as many versions; the working mirror has the last. */
  const threeSnapshots = async () => {
    await mirror.sync();
    await keep("s1", 1);
    for (const [version, name] of [
      ["2", "s2"],
      ["3", "s3"],
    ] as const) {
      await publish(version);
      mirror.later += 4 * 24 * HOUR;
      await mirror.sync();
      await keep(name, Number(version));
    }
    mirror.later += 2 * HOUR;
    await mirror.sync();
    await publish("4");
  };

  it("snapshots are pruned by the policy, where there is one", async () => {
    await threeSnapshots();
    leaveFree(BIG);
    await refusal(mirror.sync());
    expect(names()).toEqual(["s1", "s2", "s3"]);
    expect(await mirror.sync({ retention: keepLast(2) })).toMatchObject({
      outcome: "changed",
      pruned: ["s1"],
      warnings: [],
    });
    expect(names()).toEqual(["s2", "s3"]);
    expect(told("snapshot-pruned")).toBe(1);
  });

  it("nothing is pruned where it fits", async () => {
    await threeSnapshots();
    leaveFree(10 * BIG);
    expect((await mirror.sync({ retention: keepLast(0) })).pruned).toEqual([]);
    expect(names()).toEqual(["s1", "s2", "s3"]);
  });

  const unpruned = { code: "WARN_SYNC_NOT_PRUNED", message: expect.any(String) };

  it("nothing is pruned where a pointer cannot be read, and space lacks as a dry run says", async () => {
    await threeSnapshots();
    leaveFree(BIG);
    // The public directory of another mirror, which leads nowhere, and may show any snapshot.
    mkdirSync(join(mirror.dir, ".mirrorctl/trees/other"));
    symlinkSync("other", join(mirror.dir, "other"));
    const dry = await mirror.dryRun({ retention: keepLast(2) });
    expect(dry).toMatchObject({ refused: { code: "ERR_SYNC_NO_SPACE" }, warnings: [unpruned] });
    await refusal(mirror.sync({ retention: keepLast(2) }));
    const warnings = mirror.events.filter(({ type }) => type === "warning");
    expect(warnings).toMatchObject([unpruned, unpruned]);
    expect(names()).toEqual(["s1", "s2", "s3"]);
  });

  it("a snapshot that cannot be removed is a warning, and the others make room", async () => {
    await threeSnapshots();
    leaveFree(BIG);
    // What is to be kept of s2 has no place for as long as its removal takes.
    const blocked = join(mirror.collection.paths.state, "deleted");
    const keep = (_: unknown, name: string) => {
      if (name === "s2") writeFileSync(blocked, "");
      return name === "s2";
    };
    mirror.listen = ({ type }) => {
      if (type === "warning") rmSync(blocked);
    };
    const report = await mirror.sync({ retention: { ...keepLast(1), keep } });
    expect(report).toMatchObject({ outcome: "changed", pruned: ["s1"], warnings: [unpruned] });
    expect(names()).toEqual(["s2", "s3"]);
  });

  it("the snapshots are named whose deletion frees most, with what they free", async () => {
    await threeSnapshots();
    await keep("copy", 4);
    const { collection } = mirror;
    const by = { user: "u", host: "h" };
    collection.protect("copy", { at: new Date(), by, command: "test" });
    leaveFree(BIG / 2);
    const { facts } = await refusal(mirror.sync({ retention: keepLast(4) }));
    // s2 is shown by .latest.previous as well: only its own directories go with it.
    const [first] = facts.snapshots ?? [];
    expect(facts.snapshots?.map(({ name }) => name)).toContain("s1");
    expect(facts.snapshots?.map(({ name }) => name)).not.toContain("copy");
    expect(first).toMatchObject({ name: "s1" });
    expect(first?.bytes).toBeGreaterThan(BIG);
    expect(facts.enough).toBe(1);
    const free = mirror.free.bytes;
    collection.removeSnapshot("s1");
    expect(mirror.free.bytes - free).toBeGreaterThanOrEqual(first?.bytes ?? Number.NaN);
    expect((await mirror.sync()).outcome).toBe("changed");
  });

  it("a dry run says what a sync would free first, and changes nothing", async () => {
    await threeSnapshots();
    leaveFree(BIG);
    const before = await fingerprintTree(mirror.dir);
    const alone = await mirror.dryRun();
    expect(alone.refused).toMatchObject({ code: "ERR_SYNC_NO_SPACE" });
    const pruning = await mirror.dryRun({ retention: keepLast(2) });
    expect(pruning.refused).toBeUndefined();
    expect(pruning.freedFirst?.bytes).toBeGreaterThan(BIG);
    expect(await fingerprintTree(mirror.dir)).toEqual(before);
    const { needed } = pruning;
    expect(needed.bytes).toBeGreaterThan(BIG);
    leaveFree(10 * BIG);
    expect(await mirror.dryRun()).not.toHaveProperty("freedFirst");
  });
});

it("what is planned for a tree is told again in full before its downloads, less what is made", async () => {
  const planned = () =>
    mirror.events.flatMap((event) => (event.type === "space-planned" ? [event.needed] : []));
  await mirror.sync();
  const [, tree, rest] = planned();
  expect(tree?.bytes).toBeGreaterThan(BIG);
  expect(rest).toEqual(tree);
  mirror.events.length = 0;
  const add = [{ package: "tiny", version: "1", filename: "pool/new/tiny.deb" }];
  await mirror.repository.publish({ suites: { stable: { add } } });
  await mirror.sync();
  const [, next, lacking] = planned();
  // The tree itself and `pool` are there by then, with what is linked.
  expect(lacking).toEqual({
    bytes: (next?.bytes ?? 0) - 2 * BLOCK,
    inodes: (next?.inodes ?? 0) - 2,
  });
});

it("what another tree has, and can be linked, takes no room", async () => {
  await mirror.sync();
  await publish("2");
  await mirror.sync();
  await publish("1");
  leaveFree(BIG / 2);
  await refusal(mirror.sync());
  const { collection } = mirror;
  mirror.elsewhere = { trees: async () => collection.trees(), directories: [] };
  expect((await mirror.dryRun()).refused).toBeUndefined();
  expect((await mirror.sync()).outcome).toBe("changed");
});

it("a dry run needs no directory of downloads that it can read", async () => {
  await mirror.sync();
  await publish("2");
  const { partial } = mirror.collection.paths;
  rmSync(partial, { recursive: true });
  writeFileSync(partial, "");
  expect((await mirror.dryRun()).needed.bytes).toBeGreaterThan(BIG);
});
