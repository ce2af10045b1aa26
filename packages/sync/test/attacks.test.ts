import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKey, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const HELLO = { package: "hello", version: "1.0" };
const NEXT = { suites: { stable: { add: [{ package: "hello", version: "1.1" }] } } };

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
afterEach(() => mirror.close());

const judge = (suites = ["stable"], components = ["main"]) =>
  judgeMirror(`${join(mirror.dir, "m/latest")}/`, {
    keyring: key.binaryPublic,
    suites,
    components,
    architectures: ["amd64"],
  });
const digestOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const state = () => join(mirror.collection.paths.state, "seen.json");

describe("equal contents", () => {
  it("many empty suites, whose plain indices are listed and not served, are mirrored", async () => {
    const components = ["main", "contrib", "non-free"];
    const empty = { components, packages: [], compressions: ["gz", "xz"] as const };
    const suites = ["a", "b", "c"].map((suite) => ({ ...empty, suite }));
    mirror = await openMirror(key, [{ ...empty, suite: "stable", packages: [HELLO] }, ...suites], {
      components,
    });
    await mirror.sync();
    expect((await judge(["stable", "a", "b", "c"], components)).violations).toEqual([]);
  });

  it("two sizes under one digest are refused", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    const [path = ""] = mirror.repository.poolFiles();
    const SHA256 = digestOf(mirror.repository.path(path));
    const entry = { Size: "77777", SHA256, MD5sum: undefined, SHA1: undefined, SHA512: undefined };
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "twin", version: "1", entry }] } },
    });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_CONFLICTING_FILE" });
  });

  it("what only one of two suites lists of a file is checked too", async () => {
    const zeros = {
      SHA256: undefined,
      SHA1: undefined,
      MD5sum: undefined,
      SHA512: "0".repeat(128),
    };
    mirror = await openMirror(
      key,
      [
        { suite: "stable", packages: [HELLO] },
        { suite: "updates", packages: [{ ...HELLO, entry: zeros }] },
      ],
      {},
      { retries: 0 },
    );
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH" });
  });
});

describe("the newest Release ever accepted", () => {
  it("is known although the run died between the switch and the state", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    await mirror.sync();
    const before = readFileSync(state());
    const first = mirror.repository.date;
    await mirror.repository.publish(NEXT);
    await mirror.sync();
    writeFileSync(state(), before);
    await mirror.repository.publish({ date: first });
    const report = await mirror.sync();
    expect(report.warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_ROLLBACK"]);
  });

  it("is not given up for an older one where the tree's own copy is damaged", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    await mirror.sync();
    const path = join(mirror.dir, "m/latest/dists/stable/InRelease");
    rmSync(path);
    writeFileSync(path, "damaged");
    const older = new Date(mirror.repository.date.getTime() - 3_600_000);
    await mirror.repository.publish({ date: older });
    // Other settings make the run want the Release that upstream no longer shows.
    mirror.spec = { byHash: "no" };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_ROLLBACK" });
  });

  it("is not forgotten for a Release without Date", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    await mirror.sync();
    await mirror.repository.publish({ suites: { stable: { fields: { Date: undefined } } } });
    const report = await mirror.sync();
    expect(report.warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_ROLLBACK"]);
  });
});

describe("what lies under dir", () => {
  it.each([
    { checked: "x", suites: null },
    { checked: "x", suites: { stable: "x" } },
    { checked: "x", suites: { stable: {} } },
    { checked: "x", suites: { stable: { base: "x", documents: null } } },
    { checked: "x", suites: { stable: { base: "x", documents: {}, codename: 7 } } },
  ])("garbage state is forgotten: %j", async (value) => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    await mirror.sync();
    writeFileSync(state(), JSON.stringify({ format: 1, value }));
    expect((await mirror.sync()).outcome).toBe("unchanged");
    await mirror.repository.publish(NEXT);
    expect((await mirror.sync()).outcome).toBe("changed");
  });

  it("holds no credentials of a URL", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    mirror.spec = { urls: [mirror.server.url.replace("//", "//bob:s3cret@")] };
    await mirror.sync();
    mirror.server.clear();
    expect((await mirror.sync()).outcome).toBe("unchanged");
    expect(mirror.server.requests.map(({ status }) => status)).toEqual([304]);
    const grep = () => execFileSync("grep", ["-r", "s3cret", mirror.dir]);
    expect(grep).toThrow();
  });

  it("a foreign directory where a pointer must go stops a run before it downloads", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    await mirror.sync();
    mkdirSync(join(mirror.collection.paths.pointers, ".latest.previous"));
    await mirror.repository.publish(NEXT);
    mirror.server.clear();
    for (let run = 0; run < 3; run += 1) {
      await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SNAPSHOT_FOREIGN_ENTRY" });
    }
    expect(mirror.server.requests).toEqual([]);
    expect(mirror.collection.trees()).toHaveLength(1);
  });

  it("directories among the downloads are in nobody's way", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }]);
    mirror.collection.prepare();
    const [path = ""] = mirror.repository.poolFiles();
    const digest = digestOf(mirror.repository.path(path));
    for (const name of ["junk", digest, `${digest}.part`]) {
      mkdirSync(join(mirror.collection.paths.partial, name, "deep"), { recursive: true });
    }
    await mirror.sync();
    expect(readdirSync(mirror.collection.paths.partial)).toEqual([]);
  });

  it("downloads that nobody wants any more do not pile up while a mirror keeps failing", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: [HELLO] }], {}, { retries: 0 });
    mirror.server.fault(/absent/, { kind: "status", status: 404 });
    const sizes: number[] = [];
    for (const version of ["1", "2", "3"]) {
      const absent = { package: "absent", version: "1" };
      const add = [absent, { package: "hello", version: `2.${version}` }];
      await mirror.repository.publish({ suites: { stable: { add } } });
      await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_MISSING_FILE" });
      sizes.push(readdirSync(mirror.collection.paths.partial).length);
    }
    expect(new Set(sizes).size).toBe(1);
  });
});

describe("an upstream that publishes while it is read", () => {
  it("is read again, and the newest Release is published whole", async () => {
    mirror = await openMirror(key, [{ suite: "stable", byHash: false, packages: [HELLO] }]);
    const fault = mirror.server.fault(
      /Packages/,
      { kind: "swap", before: () => mirror.repository.publish(NEXT) },
      "once",
    );
    const report = await mirror.sync();
    expect(fault.hits).toBe(1);
    expect(report.outcome).toBe("changed");
    expect((await judge()).violations).toEqual([]);
    expect(mirror.events.some(({ type }) => type === "restarted")).toBe(true);
  });

  it("without end is given up with an error", async () => {
    mirror = await openMirror(
      key,
      [{ suite: "stable", byHash: false, packages: [HELLO] }],
      {},
      { retries: 0 },
    );
    let version = 1;
    mirror.server.fault(/binary-amd64\/Packages$/, {
      kind: "swap",
      async before() {
        version += 1;
        await mirror.repository.publish({
          suites: { stable: { add: [{ package: "hello", version: `9.${version}` }] } },
        });
      },
    });
    await expect(mirror.sync()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    expect(mirror.events.filter(({ type }) => type === "restarted")).toHaveLength(3);
    expect(mirror.collection.latest()).toBeUndefined();
  });
});
