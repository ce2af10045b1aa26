import { lstatSync, readlinkSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { readKeyring, readSigningKey } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { filters } from "./candidates.js";
import { type Mirror, openMirror } from "./mirror.js";

const named = (count: number, prefix = "p") =>
  Array.from({ length: count }, (_, index) => ({ package: `${prefix}${index}`, version: "1.0" }));
const CONTRIB = named(3, "c").map((one) => ({ ...one, component: "contrib" }));

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(
    key,
    [
      { suite: "stable", components: ["main", "contrib"], packages: [...named(100), ...CONTRIB] },
      { suite: "updates", components: ["main", "contrib"], packages: named(4, "u") },
    ],
    { components: ["main", "contrib"], maxShrink: 0.4 },
  );
  await mirror.sync();
  mirror.server.clear();
});
afterEach(() => mirror.close());

const latest = () => join(mirror.dir, "m", "latest");
const keep = (count: number) => ({ packages: [...named(count), ...CONTRIB] });
const SHRUNK = { code: "ERR_SYNC_SHRUNK" };

/** The published tree, and that no package's file was asked for. */
async function refusedWithout<T>(work: () => Promise<T>): Promise<void> {
  const before = await fingerprintTree(join(mirror.dir, "m"));
  const target = readlinkSync(latest());
  const tree = await fingerprintTree(latest());
  await expect(work()).rejects.toMatchObject(SHRUNK);
  expect(await fingerprintTree(join(mirror.dir, "m"))).toEqual(before);
  expect(readlinkSync(latest())).toBe(target);
  expect(await fingerprintTree(latest())).toEqual(tree);
  expect(mirror.server.requests.filter(({ path }) => path.startsWith("/pool/"))).toEqual([]);
}

async function judge(): Promise<void> {
  const { violations } = await judgeMirror(`${latest()}/`, {
    keyring: key.binaryPublic,
    suites: ["stable", "updates"],
    components: ["main", "contrib"],
    architectures: ["amd64"],
  });
  expect(violations).toEqual([]);
}

describe("an upstream that lost packages", () => {
  it("is followed to the last part allowed, and no further", async () => {
    await mirror.repository.publish({
      suites: {
        stable: { ...keep(59), add: [{ package: "new", version: "1", component: "contrib" }] },
      },
    });
    await refusedWithout(() => mirror.sync());
    await refusedWithout(() => mirror.dryRun());
    await expect(mirror.sync()).rejects.toMatchObject({
      code: "ERR_SYNC_SHRUNK",
      facts: { suite: "stable", expected: "at most 40%", found: "41% fewer" },
    });
    await mirror.repository.publish({ suites: { stable: keep(60) } });
    expect((await mirror.sync()).outcome).toBe("changed");
    await judge();
  });

  it("is followed wherever it goes once that is allowed, and judged from there on", async () => {
    await mirror.repository.publish({ suites: { stable: keep(10) } });
    await refusedWithout(() => mirror.sync());
    mirror.spec = { ...mirror.spec, maxShrink: 1 };
    expect((await mirror.sync()).packages).toBe(17);
    mirror.spec = { ...mirror.spec, maxShrink: 0.4 };
    expect((await mirror.sync()).outcome).toBe("unchanged");
    await mirror.repository.publish({ suites: { stable: keep(9) } });
    expect((await mirror.sync()).packages).toBe(16);
    await judge();
  });

  it("is refused with an empty, signed list of packages", async () => {
    await mirror.repository.publish({
      suites: {
        stable: {
          compressions: [""],
          verbatim: { "main/binary-amd64/Packages": "" },
        },
      },
    });
    expect(
      lstatSync(mirror.repository.suitePath("stable", "main/binary-amd64/Packages")).size,
    ).toBe(0);
    await refusedWithout(() => mirror.sync());
  });

  it("is refused without a component, an index, or an index with anything in it", async () => {
    await mirror.repository.publish({
      suites: { stable: { components: ["main"], packages: named(100) } },
    });
    await refusedWithout(() => mirror.sync());
    await mirror.repository.publish({
      suites: { stable: { components: ["main", "contrib"], packages: named(100) } },
    });
    await refusedWithout(() => mirror.sync());
    mirror.spec = { ...mirror.spec, components: ["main"] };
    expect((await mirror.sync()).outcome).toBe("changed");
  });

  it("may empty a small suite: some are emptied by design", async () => {
    await mirror.repository.publish({ suites: { updates: { packages: [] } } });
    expect((await mirror.sync()).packages).toBe(103);
    await judge();
  });

  it("is followed where the settings take something out", async () => {
    mirror.spec = { ...mirror.spec, suites: ["updates"] };
    expect((await mirror.sync()).packages).toBe(4);
    await mirror.repository.publish({ suites: { updates: { packages: named(1, "u") } } });
    await expect(mirror.sync()).rejects.toMatchObject(SHRUNK);
  });

  it("is followed where a filter leaves more out, but not past that", async () => {
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p1"] }) };
    expect((await mirror.sync()).packages).toBe(11);
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p[12]"] }) };
    await mirror.repository.publish({ suites: { stable: keep(50) } });
    await expect(mirror.sync()).rejects.toMatchObject(SHRUNK);
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p1"] }) };
    expect((await mirror.sync()).packages).toBe(11);
  });

  it("is judged by what it holds where its own Release lists only that", async () => {
    const own = await createKey({ userId: "Own <own@example.org>" });
    const signing = () => readSigningKey(Buffer.from(own.armoredPrivate), { name: "own.key" });
    const sign = { key: signing, keyDigest: own.fingerprint };
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p[12]"] }), sign };
    expect((await mirror.sync()).packages).toBe(22);
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p[1-4]"] }) };
    expect((await mirror.sync()).packages).toBe(44);
    await mirror.repository.publish({ suites: { stable: keep(25) } });
    await expect(mirror.sync()).rejects.toMatchObject(SHRUNK);
    await mirror.repository.publish({ suites: { stable: keep(40) } });
    expect((await mirror.sync()).packages).toBe(34);
  });

  it("is judged by the indices of a tree that does not say how much they list", async () => {
    await mirror.repository.publish({ suites: { stable: keep(59) } });
    forgetIndices();
    await expect(mirror.sync()).rejects.toMatchObject(SHRUNK);
    for (const ending of ["", ".gz", ".xz"])
      truncateSync(join(latest(), `dists/stable/main/binary-amd64/Packages${ending}`), 10);
    expect((await mirror.sync()).packages).toBe(66);
    await judge();
  });
});

/** Lets the present tree's manifest be one of before its indices were noted. */
function forgetIndices(): void {
  const { collection } = mirror;
  const shown = collection.latest.bind(collection);
  const target = readlinkSync(latest());
  Object.assign(collection, {
    latest() {
      const tree = shown();
      if (!tree || readlinkSync(latest()) !== target) return tree;
      const facts = tree.header().facts as { suites: { indices: unknown }[] };
      const suites = facts.suites.map(({ indices: _, ...suite }) => suite);
      const header = () => ({ ...tree.header(), facts: { ...facts, suites } });
      const { path, generation } = tree;
      return { path, generation, header, files: () => tree.files() };
    },
  });
}

describe("a forced sync", () => {
  it("makes a new tree of an unchanged upstream, by links to what is as recorded", async () => {
    const before = readlinkSync(latest());
    const file = "pool/main/p/p1/p1_1.0_amd64.deb";
    const { ino } = lstatSync(join(latest(), file));
    const report = await mirror.sync({ force: true });
    expect(report).toMatchObject({ outcome: "changed", downloaded: { files: 0 } });
    expect(readlinkSync(latest())).not.toBe(before);
    expect(lstatSync(join(latest(), file)).ino).toBe(ino);
    await judge();
    expect((await mirror.sync()).outcome).toBe("unchanged");
  });

  it("mends what was damaged: packages, indices and Release files", async () => {
    const damaged = [
      "pool/main/p/p1/p1_1.0_amd64.deb",
      "dists/stable/main/binary-amd64/Packages.gz",
      "dists/stable/InRelease",
    ];
    for (const file of damaged) truncateSync(join(latest(), file), 10);
    rmSync(join(latest(), "pool/main/p/p2/p2_1.0_amd64.deb"));
    expect((await mirror.sync()).outcome).toBe("unchanged");
    await mirror.sync({ force: true });
    for (const file of damaged) expect(lstatSync(join(latest(), file)).size).toBeGreaterThan(10);
    await judge();
  });

  it("checks the signatures again, with the keys that count now", async () => {
    const other = await createKey({ userId: "Other <other@example.org>" });
    const { trust } = mirror.fullSpec();
    const keyring = () =>
      readKeyring([{ name: "other.gpg", bytes: other.binaryPublic, named: true }]);
    mirror.spec = { ...mirror.spec, trust: { ...trust, check: true, keyring } as typeof trust };
    expect((await mirror.sync()).outcome).toBe("unchanged");
    await expect(mirror.sync({ force: true })).rejects.toMatchObject({
      code: "ERR_VERIFY_UNKNOWN_KEY",
    });
  });
});
