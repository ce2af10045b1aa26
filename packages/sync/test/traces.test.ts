import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import { createKey, judgeMirror, type TestKey } from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createUnpacker,
  diffTrees,
  judgeGate,
  topDirectoriesOf,
  verifyTree,
} from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";

const MASTER = `Sun Feb 28 09:40:29 UTC 2016
Date: Sun, 28 Feb 2016 09:40:29 +0000
Creator: dak
Archive serial: 2016022802
`;
const OWN = "mirror.example.org";
const TIME = new Date("2026-01-02T03:04:05Z");

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(
    key,
    [{ suite: "stable", packages: [{ package: "hello", version: "1.0" }], sources: [] }],
    { trace: { host: OWN, creator: "test 1.0", maintainer: "Me <me@example.org>" }, sources: true },
  );
});
afterEach(() => mirror.close());

/** Puts trace files upstream. */
function upstreamHas(files: Readonly<Record<string, string | Uint8Array>>): void {
  const directory = mirror.repository.path("project", "trace");
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content);
    utimesSync(join(directory, name), TIME, TIME);
  }
}

const traces = () => join(mirror.dir, "m", "latest", "project", "trace");
const trace = (name: string) => readFileSync(join(traces(), name), "utf8");
const names = () => readdirSync(traces()).sort();
const warned = (warnings: readonly { code: string; message: string }[]) =>
  warnings.filter(({ code }) => code === "WARN_SYNC_TRACE_LEFT_OUT").map(({ message }) => message);

function latest(): SealedTree {
  const tree = mirror.collection.latest();
  if (!tree) throw new Error("no tree");
  return tree;
}

/** As mirror tools read a field of a trace file. */
const field = (name: string, file: string) =>
  execFileSync("awk", ["-F", ": ", `$1=="${name}" {print $2; exit}`, join(traces(), file)], {
    encoding: "utf8",
  }).trimEnd();

describe("a mirror with trace files", () => {
  it("has upstream's as they are, its own, and lists that name it", async () => {
    upstreamHas({
      master: MASTER,
      "ftp-master.example.org": "Sun Feb 28 09:50:29 UTC 2016\nMaintainer: Jörg <a@b.c>\n",
      _traces: "master\nftp-master.example.org\n",
      _hierarchy: "ftp-master.example.org ftp-master.example.org host fasolo\n",
    });
    const report = await mirror.sync();
    expect(warned(report.warnings)).toEqual([]);
    expect(names()).toEqual(
      ["_hierarchy", "_traces", "ftp-master.example.org", "master", OWN].sort(),
    );
    expect(trace("master")).toBe(MASTER);
    expect(lstatSync(join(traces(), "master")).mtime).toEqual(TIME);
    expect(trace("_traces")).toBe(`master\nftp-master.example.org\n${OWN}\n`);
    expect(trace("_hierarchy")).toBe(
      `ftp-master.example.org ftp-master.example.org host fasolo\n${OWN} ${OWN} ${OWN} 127.0.0.1\n`,
    );
    expect(field("Archive serial", OWN)).toBe("2016022802");
    expect(field("Creator", OWN)).toBe("test 1.0");
    expect(field("Upstream-mirror", OWN)).toBe("127.0.0.1");
    expect(field("Architectures", OWN)).toBe("amd64 source");
    expect(field("Architectures-Configuration", OWN)).toBe("INCLUDE amd64 source");
    expect(field("Maintainer", OWN)).toBe("Me <me@example.org>");
    expect(Number(field("Total bytes received", OWN))).toBeGreaterThan(100);
    expect(readlinkSync(join(mirror.dir, "m", "project"))).toBe("latest/project");
  });

  it("asks for the archive's and for upstream's own where there is no list, and for no more", async () => {
    upstreamHas({ master: MASTER, "127.0.0.1": "here\n", "another.example.org": "not asked\n" });
    await mirror.sync();
    expect(names()).toEqual(["127.0.0.1", "_hierarchy", "_traces", "master", OWN]);
  });

  it("writes its own where upstream has none", async () => {
    const report = await mirror.sync();
    expect(warned(report.warnings)).toEqual([]);
    expect(names()).toEqual(["_hierarchy", "_traces", OWN]);
    expect(trace("_traces")).toBe(`${OWN}\n`);
    expect(field("Archive serial", OWN)).toBe("");
  });

  it("leaves out what is no trace file, and says so", async () => {
    upstreamHas({
      master: MASTER,
      "html.example": "<html><body>Log in first</body></html>",
      "huge.example": "x".repeat(64 * 1024 + 1),
      "control.example": "Date: \u001b[2J\n",
      "binary.example": Uint8Array.from([1, 2, 255]),
      _traces: `master\nhtml.example\nhuge.example\ncontrol.example\nbinary.example\ngone.example\n../../../outside\n/etc/passwd\n${OWN}\n`,
    });
    upstreamHas({ [OWN]: "Date: forged\n" });
    const report = await mirror.sync();
    const [message = "", ...others] = warned(report.warnings);
    expect(others).toEqual([]);
    for (const part of [
      "html.example (markup)",
      "huge.example (",
      "control.example (control characters)",
      "binary.example (not UTF-8)",
      "2 of the names",
    ]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain("gone.example");
    expect(names()).toEqual(["_hierarchy", "_traces", "master", OWN]);
    expect(trace(OWN)).not.toContain("forged");
    const asked = mirror.server.requests.map(({ path }) => path);
    expect(asked.filter((path) => path.includes("outside") || path.includes("passwd"))).toEqual([]);
  });

  it("is not kept from its packages by trace files that cannot be had", async () => {
    upstreamHas({ master: MASTER, _traces: "master\n" });
    mirror.server.fault("project/trace/master", { kind: "reset" });
    mirror.server.fault("project/trace/_hierarchy", { kind: "status", status: 500 });
    const report = await mirror.sync();
    expect(report.packages).toBe(1);
    expect(warned(report.warnings)[0]).toMatch(/_hierarchy \(.*master \(/);
    expect(names()).toEqual(["_hierarchy", "_traces", OWN]);
  });

  it("ends at a signal while trace files are fetched, with nothing published", async () => {
    const control = new AbortController();
    mirror.server.fault("project/trace/_traces", { kind: "stall", in: "headers" });
    mirror.server.fault("project/trace/_hierarchy", {
      kind: "swap",
      before: () => control.abort(new Error("stop")),
    });
    await expect(mirror.sync({ signal: control.signal })).rejects.toThrow();
    expect(existsSync(join(mirror.dir, "m", "latest"))).toBe(false);
  });

  it("gets them with each new tree, and with no other", async () => {
    upstreamHas({ master: MASTER, _traces: "master\n" });
    await mirror.sync();
    const first = readlinkSync(join(mirror.dir, "m", "latest"));
    upstreamHas({ "next.example": "new\n", _traces: "next.example\n" });
    mirror.server.clear();
    expect((await mirror.sync()).outcome).toBe("unchanged");
    expect(mirror.server.requests.filter(({ path }) => path.includes("trace"))).toEqual([]);
    expect(trace("master")).toBe(MASTER);

    await mirror.repository.publish();
    const report = await mirror.sync();
    expect(readlinkSync(join(mirror.dir, "m", "latest"))).not.toBe(first);
    // A trace file that has gone upstream is no package's file that clients still ask for.
    expect(names()).toEqual(["_hierarchy", "_traces", OWN, "next.example"].sort());
    expect(report.carried.files).toBe(
      [...latest().files()].filter(({ checked }) => checked?.includes("left:")).length,
    );
  });

  it("starts with them, and ends, with the next sync, although upstream has not changed", async () => {
    const { trace: own, ...without } = mirror.spec;
    mirror.spec = without;
    await mirror.sync();
    expect(existsSync(traces())).toBe(false);
    expect((latest().header().facts as { traces?: unknown }).traces).toBeUndefined();
    mirror.spec = { ...without, ...(own ? { trace: own } : {}) };
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(topDirectoriesOf(latest())).toEqual(["dists", "pool", "project"]);
    expect((latest().header().facts as { traces?: unknown }).traces).toEqual([
      `project/trace/${OWN}`,
      "project/trace/_hierarchy",
      "project/trace/_traces",
    ]);
    expect((await mirror.sync()).outcome).toBe("unchanged");
    mirror.spec = without;
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(topDirectoriesOf(latest())).toEqual(["dists", "pool"]);
    expect(existsSync(traces())).toBe(false);
  });

  it("gives way to signed files that have their places", async () => {
    await mirror.repository.publish({
      suites: {
        stable: {
          packages: [
            { package: "hello", version: "1.0", filename: "project/trace/master" },
            { package: "world", version: "1.0", filename: "project/trace/_traces/world.deb" },
          ],
        },
      },
    });
    mirror.server.fault("project/trace/_traces", { kind: "content", body: "master\n" });
    const report = await mirror.sync();
    expect(warned(report.warnings)).toHaveLength(2);
    expect(readFileSync(join(traces(), "master")).subarray(0, 7).toString()).toBe("!<arch>");
    expect(names()).toEqual(["_hierarchy", "_traces", "master", OWN]);
    const { violations } = await judge();
    expect(violations).toEqual([]);
  });

  it("is verified, judged and compared with them as with any other file", async () => {
    upstreamHas({ master: MASTER, _traces: "master\n" });
    await mirror.sync();
    const before = latest();
    const reader = { unpacker: createUnpacker() };
    const keyring = await readKeyring([{ name: "k", bytes: key.binaryPublic, named: true }]);
    const verify = (tree: SealedTree) =>
      verifyTree(tree, { level: "full", keyring, now: new Date(), ...reader });
    const verified = await verify(before);
    expect([verified.problems, verified.warnings]).toEqual([[], []]);
    upstreamHas({ master: MASTER.replace("02\n", "03\n") });
    await mirror.sync({ force: true });
    expect(trace("master")).toContain("2016022803");
    const { groups } = await diffTrees(before, latest(), reader);
    expect(groups.flatMap(({ added, removed }) => [...added, ...removed])).toEqual([]);
    rmSync(join(before.path, "project/trace/master"));
    writeFileSync(join(before.path, `project/trace/${OWN}`), "x");
    const damaged = await verify(before);
    expect(damaged.problems.map(({ code, path }) => [code, path])).toEqual([
      ["ERR_SYNC_TREE_MISSING_FILE", "project/trace/master"],
      ["ERR_SYNC_TREE_WRONG_SIZE", `project/trace/${OWN}`],
    ]);
    const counts = {
      groups: [],
      suites: [],
      components: [],
      architectures: [],
      sources: false,
    };
    const verdict = judgeGate({
      verified: damaged,
      candidate: counts,
      production: undefined,
      policy: { requireValid: false },
      now: new Date(),
    });
    expect(verdict.passed).toBe(false);
  });

  it("says nothing of the credentials that upstream wants", async () => {
    mirror.spec = {
      ...mirror.spec,
      urls: [mirror.server.url.replace("http://", "http://user:secret@")],
    };
    upstreamHas({ master: MASTER, "127.0.0.1": "here\n" });
    await mirror.sync();
    expect(names()).toContain("127.0.0.1");
    for (const name of names()) expect(trace(name)).not.toMatch(/secret|user/);
    mirror.server.clear();
    await mirror.sync({ force: true });
    const asked = mirror.server.requests.filter(({ path }) => path.includes("trace"));
    expect(asked.length).toBeGreaterThan(2);
    for (const { headers } of asked) expect(headers.authorization).toMatch(/^Basic /);
  });

  it("adds none to a dry run, which fetches none", async () => {
    upstreamHas({ master: MASTER });
    await mirror.dryRun();
    expect(mirror.server.requests.filter(({ path }) => path.includes("trace"))).toEqual([]);
  });
});

const judge = () =>
  judgeMirror(`${join(mirror.dir, "m", "latest")}/`, {
    keyring: key.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
