import {
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const PACKAGES = [
  { package: "hello", version: "1.0" },
  { package: "big", version: "1.0", payload: 300_000 },
];

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [
    { suite: "stable", packages: PACKAGES },
    { suite: "updates", packages: [] },
  ]);
  await mirror.sync();
  mirror.server.clear();
});
afterEach(() => mirror.close());

const latest = () => join(mirror.dir, "m", "latest");
const judge = () =>
  judgeMirror(`${latest()}/`, {
    keyring: key.binaryPublic,
    suites: ["stable", "updates"],
    components: ["main"],
    architectures: ["amd64"],
  });
const requests = () => mirror.server.requests.map(({ path, status }) => `${status} ${path}`);

describe("an unchanged upstream", () => {
  it("costs one request per suite and writes only state and locks", async () => {
    const before = await fingerprintTree(mirror.dir);
    const report = await mirror.sync();
    const after = await fingerprintTree(mirror.dir);
    expect(report.outcome).toBe("unchanged");
    expect(requests().sort()).toEqual([
      "304 /dists/stable/InRelease",
      "304 /dists/updates/InRelease",
    ]);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    expect(changed.length).toBeGreaterThan(0);
    for (const path of changed) expect(path).toMatch(/^\.mirrorctl\/(state|locks)(\/|$)/);
  });

  it("is recognised by its bytes where the server knows no conditions", async () => {
    mirror.server.fault("InRelease", {
      kind: "content",
      body: (right) => right,
      headers: { etag: '"another"' },
    });
    expect((await mirror.sync()).outcome).toBe("unchanged");
  });

  it("is synced again when the settings change, without fetching what is there", async () => {
    mirror.spec = { ...mirror.spec, suites: ["stable"] };
    const report = await mirror.sync();
    expect(report).toMatchObject({ outcome: "changed", downloaded: { files: 0 } });
    expect(requests()).toEqual(["304 /dists/stable/InRelease"]);
    await expect(() => lstatSync(join(latest(), "dists/updates"))).toThrow();
  });

  it("fails once its Valid-Until has passed, and changes nothing", async () => {
    const validUntil = new Date(Date.now() + 3_600_000);
    await mirror.repository.publish({ suites: { stable: { validUntil } } });
    await mirror.sync();
    mirror.later = 2 * 3_600_000;
    const before = readlinkSync(latest());
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_EXPIRED_RELEASE" });
    expect(readlinkSync(latest())).toBe(before);
  });
});

describe("a changed upstream", () => {
  it("costs what changed: the rest is hard-linked", async () => {
    const big = "pool/main/b/big/big_1.0_amd64.deb";
    const inode = lstatSync(join(latest(), big)).ino;
    const before = readlinkSync(latest());
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "hello", version: "1.1" }] } },
    });
    const report = await mirror.sync();
    expect((await judge()).violations).toEqual([]);
    expect(lstatSync(join(latest(), big)).ino).toBe(inode);
    expect(report.outcome).toBe("changed");
    expect(requests().filter((line) => line.includes("/updates/"))).toHaveLength(1);
    expect(requests().filter((line) => line.endsWith(".deb"))).toEqual([
      "200 /pool/main/h/hello/hello_1.1_amd64.deb",
    ]);
    expect(readlinkSync(join(mirror.dir, "m/.latest.previous"))).toBe(before);
  });

  it("gets a suite that vanishes from the configuration out of the next tree", async () => {
    await mirror.repository.publish();
    mirror.spec = { suites: ["updates"] };
    await mirror.sync();
    expect(() => lstatSync(join(latest(), "pool/main/b"))).toThrow();
  });

  it("never gives other Release bytes the time of those before", async () => {
    const time = () => lstatSync(join(latest(), "dists/stable/InRelease")).mtimeMs;
    const before = time();
    mirror.server.fault("dists/stable/InRelease", {
      kind: "content",
      body: (right) => right,
      headers: { "last-modified": new Date(before).toUTCString() },
    });
    await mirror.repository.publish({ suites: { stable: { label: "Test" } } });
    mirror.spec = {
      freshness: { ...mirror.fullSpec().freshness, allowReleaseInfoChange: true },
    };
    await mirror.sync();
    expect(time()).toBeGreaterThan(before);
  });

  it("mends a file of the tree that was damaged meanwhile", async () => {
    const path = join(latest(), "pool/main/b/big/big_1.0_amd64.deb");
    truncateSync(path, 100);
    await mirror.repository.publish();
    await mirror.sync();
    expect((await judge()).violations).toEqual([]);
    expect(lstatSync(join(latest(), "pool/main/b/big/big_1.0_amd64.deb")).size).toBeGreaterThan(
      100,
    );
  });

  it("that shows an older Release leaves the newer one in place, with a warning", async () => {
    const hourBefore = new Date(mirror.repository.date.getTime() - 3_600_000);
    await mirror.repository.publish({ date: hourBefore });
    const report = await mirror.sync();
    expect(report.outcome).toBe("unchanged");
    expect(report.warnings.map(({ code }) => code)).toEqual([
      "WARN_SYNC_ROLLBACK",
      "WARN_SYNC_ROLLBACK",
    ]);
    mirror.spec = { freshness: { ...mirror.fullSpec().freshness, allowRollback: true } };
    expect((await mirror.sync()).outcome).toBe("changed");
  });

  it("that shows an older Release is found out although the state was lost", async () => {
    const hourBefore = new Date(mirror.repository.date.getTime() - 3_600_000);
    await mirror.repository.publish({ date: hourBefore });
    const { state } = mirror.collection.paths;
    for (const name of readdirSync(state)) writeFileSync(join(state, name), "{");
    const report = await mirror.sync();
    expect(report.outcome).toBe("unchanged");
    expect(report.warnings.map(({ code }) => code)).toContain("WARN_SYNC_ROLLBACK");
  });

  it("that stops serving InRelease does not leave the old one in the tree", async () => {
    await mirror.repository.publish({
      suites: { stable: { forms: ["Release", "Release.gpg"] } },
    });
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(existsSync(join(latest(), "dists/stable/InRelease"))).toBe(false);
    expect((await judge()).violations).toEqual([]);
  });

  it("that lists one path with two contents is refused, naming both suites", async () => {
    const filename = "pool/main/c/clash.deb";
    const clash = (version: string) => ({ add: [{ package: "clash", version, filename }] });
    await mirror.repository.publish({ suites: { stable: clash("1"), updates: clash("2") } });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_CONFLICTING_FILE" });
  });

  it("that needs more space than there is fails before the first package", async () => {
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "more", version: "1", payload: 50_000 }] } },
    });
    mirror.free = { bytes: 10_000, inodes: 1_000 };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_NO_SPACE" });
    mirror.free = { bytes: 100_000, inodes: 0 };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_NO_SPACE" });
    expect(requests().filter((line) => line.endsWith(".deb"))).toEqual([]);
  });

  it("with a directory named like a pointer gets no link for it, with a warning", async () => {
    const filename = "staging/odd_1_amd64.deb";
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "odd", version: "1", filename }] } },
    });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_LINK_LEFT_OUT"]);
    expect(existsSync(join(latest(), filename))).toBe(true);
    expect(existsSync(join(mirror.dir, "m/staging"))).toBe(false);
  });
});

describe("a dry run", () => {
  it("writes nothing and says what a sync would take", async () => {
    await mirror.repository.publish({
      suites: {
        stable: { add: [{ package: "more", version: "1", payload: 50_000 }], remove: ["big"] },
      },
    });
    const before = await fingerprintTree(mirror.dir);
    const report = await mirror.dryRun();
    expect(await fingerprintTree(mirror.dir)).toEqual(before);
    expect(report.packages.files).toBe(2);
    expect(report.carried.bytes).toBeGreaterThan(300_000);
    expect(report.toDownload.bytes).toBeGreaterThan(50_000);
    expect(report.toDownload.bytes + report.present.bytes).toBe(report.total.bytes);
    const synced = await mirror.sync();
    expect(synced.downloaded.bytes).toBeLessThanOrEqual(report.toDownload.bytes);
    // The manifest counts an index once more for each of its names under by-hash.
    const names = readdirSync(join(latest(), "dists/stable/main/binary-amd64/by-hash")).length;
    const { total, carried, indices } = report;
    expect(synced.tree.bytes).toBe(total.bytes + carried.bytes + names * indices.bytes);
  });
});
