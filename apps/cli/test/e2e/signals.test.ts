import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createKey, judgeMirror } from "@mirror/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import { openUpstream } from "../upstream.js";
import { openWorkshop } from "../workshop.js";
import { BUNDLE, mirrorctl } from "./mirrorctl.js";

/** What is promised, in ms. */
const PROMISED = 5000;
const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

/** Runs the built command until `isThere`, sends it a signal, and says how it ended. */
async function stop(
  words: readonly string[],
  isThere: (pid: number) => boolean,
  options: {
    readonly signal: NodeJS.Signals;
    readonly path?: string;
    /** Told what it says to people. */
    hear?(text: string): void;
    after?(child: ChildProcess): Promise<void>;
  },
) {
  const env = { PATH: options.path ?? process.env.PATH };
  const child = spawn(process.execPath, [BUNDLE, ...words], { cwd: "/", env });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stderr.setEncoding("utf8").on("data", (text: string) => options.hear?.(text));
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  await vi.waitFor(() => expect(isThere(child.pid ?? 0)).toBe(true), {
    timeout: 40_000,
    interval: 20,
  });
  const since = performance.now();
  child.kill(options.signal);
  await options.after?.(child);
  const [, stderr, [status]] = await said;
  return { stderr, status, ms: performance.now() - since };
}

/** Whether a process runs: one that nobody has asked for its status runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Whether a process has such a file open. */
function hasOpen(pid: number, isSuch: (path: string) => boolean): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((fd) => {
    try {
      return isSuch(readlinkSync(join(directory, fd)));
    } catch {
      // Closed meanwhile.
      return false;
    }
  });
}

test.each(SIGNALS)(
  "%s in a download keeps what has come, and the next run goes on there",
  async (signal, expected) => {
    const upstream = await openUpstream([
      { package: "big", version: "1", files: { data: randomBytes(3 * 2 ** 20) } },
    ]);
    const after = 2 * 2 ** 20;
    const fault = upstream.server.fault(/\.deb$/, { kind: "stall", in: "body", after });
    const partial = join(upstream.dir, ".mirrorctl/partial/demo");
    const parts = () =>
      existsSync(partial) ? readdirSync(partial).filter((name) => name.endsWith(".part")) : [];
    const sizes = () => parts().map((name) => statSync(join(partial, name)).size);
    const { status, stderr, ms } = await stop(
      ["sync", "-c", upstream.config],
      () => sizes().some((size) => size > after / 2),
      { signal },
    );
    expect([status, stderr]).toEqual([expected, expect.stringContaining(`stopped by ${signal}`)]);
    expect(ms).toBeLessThan(PROMISED);
    expect(sizes()).toEqual([expect.any(Number)]);
    expect(existsSync(join(upstream.dir, "demo", "latest"))).toBe(false);
    fault.remove();
    upstream.server.clear();
    const again = spawn(process.execPath, [BUNDLE, "sync", "-c", upstream.config]);
    expect(await once(again, "close")).toEqual([0, null]);
    const asked = upstream.server.requests.filter(({ path }) => path.endsWith(".deb"));
    expect(asked.map((request) => request.status)).toEqual([206]);
  },
);

test("a signal while what an earlier run left is hashed ends that", async () => {
  const sha256 = "5".repeat(64);
  const size = 20 * 1024 ** 3;
  const entry = { Size: String(size), SHA256: sha256, MD5sum: undefined };
  const upstream = await openUpstream([{ package: "huge", version: "1", entry }]);
  const partial = join(upstream.dir, ".mirrorctl", "partial", "demo");
  mkdirSync(partial, { recursive: true });
  const left = join(partial, sha256);
  writeFileSync(left, "");
  // So much that to hash it takes longer than is promised; without blocks on the disk.
  truncateSync(left, size);
  const { status, stderr, ms } = await stop(
    ["sync", "-c", upstream.config],
    (pid) => hasOpen(pid, (path) => path === left),
    { signal: "SIGTERM" },
  );
  expect([status, stderr]).toEqual([143, expect.stringContaining("stopped by SIGTERM")]);
  expect(ms).toBeLessThan(PROMISED);
  expect(statSync(left).size).toBe(size);
});

test("a signal while an index is compressed ends the program that does it", async () => {
  const upstream = await openUpstream();
  const { armoredPrivate } = await createKey();
  writeFileSync(join(upstream.root, "own.asc"), armoredPrivate, { mode: 0o600 });
  const sign = `sign = { key_path = "${upstream.root}/own.asc" }`;
  await upstream.configure({ demo: `filters = { exclude_patterns = ["^world"] }\n${sign}` });
  // An xz that takes its time: the index of a test is compressed in no time.
  const programs = join(upstream.root, "bin");
  const pid = join(upstream.root, "pid");
  mkdirSync(programs);
  writeFileSync(
    join(programs, "xz"),
    `#!/bin/sh
case "$*" in *--compress*) echo $$ > ${pid}; exec sleep 300;; esac
exec ${process.env.XZ_PROGRAM ?? "/usr/bin/xz"} "$@"
`,
    { mode: 0o755 },
  );
  const words = ["sync", "-c", upstream.config];
  const { status, stderr, ms } = await stop(words, () => existsSync(pid), {
    signal: "SIGTERM",
    path: `${programs}:${process.env.PATH}`,
  });
  expect([status, stderr]).toEqual([143, expect.stringContaining("stopped by SIGTERM")]);
  expect(ms).toBeLessThan(PROMISED);
  await vi.waitFor(() => expect(isRunning(Number(readFileSync(pid, "utf8")))).toBe(false), 5000);
  expect(existsSync(join(upstream.dir, "demo", "latest"))).toBe(false);
  const again = spawn(process.execPath, [BUNDLE, ...words]);
  expect(await once(again, "close")).toEqual([0, null]);
  const tree = join(upstream.dir, "demo", "latest");
  const { violations } = await judgeMirror(tree, {
    keyring: join(tree, "dists/stable/Release.key"),
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  expect(violations).toEqual([]);
});

test("a signal while an index is unpacked ends the program that does it", async () => {
  const upstream = await openUpstream();
  await upstream.repository.publish({ suites: { stable: { compressions: ["xz"] } } });
  const programs = join(upstream.root, "bin");
  const pid = join(upstream.root, "pid");
  mkdirSync(programs);
  const xz = `#!/bin/sh\ncase "$*" in *--decompress*) echo $$ > ${pid}; exec sleep 300;; esac\n`;
  writeFileSync(join(programs, "xz"), xz, { mode: 0o755 });
  const words = ["sync", "-c", upstream.config];
  const { status, stderr, ms } = await stop(words, () => existsSync(pid), {
    signal: "SIGTERM",
    path: `${programs}:${process.env.PATH}`,
  });
  expect([status, stderr]).toEqual([143, expect.stringContaining("stopped by SIGTERM")]);
  expect(ms).toBeLessThan(PROMISED);
  await vi.waitFor(() => expect(isRunning(Number(readFileSync(pid, "utf8")))).toBe(false), 5000);
});

test("a signal while a lock is waited for ends that", async () => {
  const upstream = await openUpstream();
  const fault = upstream.server.fault(/InRelease/, { kind: "stall", in: "headers" });
  const holder = spawn(process.execPath, [BUNDLE, "sync", "-c", upstream.config]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  await vi.waitFor(() => expect(upstream.server.requests.length).toBeGreaterThan(0), 10_000);
  const said: string[] = [];
  const { status, stderr, ms } = await stop(
    ["sync", "--wait", "-c", upstream.config],
    () => said.join("").includes("Waiting"),
    { signal: "SIGINT", hear: (text) => void said.push(text) },
  );
  expect([status, stderr]).toEqual([130, expect.stringContaining("stopped by SIGINT")]);
  expect(ms).toBeLessThan(PROMISED);
  fault.remove();
});

test("a signal while a snapshot is verified ends that", async () => {
  // Of zeros without blocks on the disk: what an earlier run left needs no download.
  const size = 2 * 1024 ** 3;
  const sha256 = "a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51";
  const entry = { Size: String(size), SHA256: sha256, MD5sum: undefined, SHA1: undefined };
  const upstream = await openUpstream([{ package: "huge", version: "1", entry }]);
  const partial = join(upstream.dir, ".mirrorctl", "partial", "demo");
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, sha256), "");
  truncateSync(join(partial, sha256), size);
  for (const words of [["sync"], ["snapshot", "create", "demo", "s1"]]) {
    const done = await mirrorctl(upstream.root, ...words, "-c", upstream.config);
    expect([words, done]).toEqual([words, expect.objectContaining({ status: 0 })]);
  }
  const snapshot = join(upstream.dir, ".mirrorctl/snapshots/demo/s1/");
  const { status, stderr, ms } = await stop(
    ["snapshot", "verify", "demo", "s1", "-c", upstream.config],
    (pid) => hasOpen(pid, (path) => path.startsWith(snapshot) && path.endsWith(".deb")),
    { signal: "SIGHUP" },
  );
  expect([status, stderr]).toEqual([129, expect.stringContaining("stopped by SIGHUP")]);
  expect(ms).toBeLessThan(PROMISED);
}, 60_000);

/** A snapshot in staging, and a gate whose command lets nobody end it who asks politely. */
async function openStubborn() {
  const workshop = await openWorkshop(["1"]);
  await workshop.succeed("snapshot", "stage", "demo", "s1");
  const pid = join(workshop.root, "pid");
  const command = `trap "" TERM INT HUP; echo $$ > ${pid}; while :; do sleep 1; done`;
  await workshop.configure({ demo: `promote = { command = ["sh", "-c", '${command}'] }` });
  const running = () => isRunning(Number(readFileSync(pid, "utf8")));
  onTestFinished(() => {
    if (existsSync(pid) && running()) process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  });
  const words = ["snapshot", "promote", "demo", "-c", workshop.config];
  return { workshop, words, isThere: () => existsSync(pid), running };
}

test.each(SIGNALS)("%s while the gate's command runs ends both", async (signal, expected) => {
  const { workshop, words, isThere, running } = await openStubborn();
  const { status, ms } = await stop(words, isThere, { signal });
  expect(status).toBe(expected);
  expect(ms).toBeLessThan(PROMISED);
  expect(running()).toBe(false);
  expect(workshop.shows("current")).toBeUndefined();
});

test("a second signal waits for nothing", async () => {
  const { workshop, words, isThere, running } = await openStubborn();
  const { status } = await stop(words, isThere, {
    signal: "SIGINT",
    async after(child) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      child.kill("SIGTERM");
    },
  });
  expect(status).toBe(130);
  // There was no time to end the command, which has two seconds for it.
  expect(running()).toBe(true);
  expect(workshop.shows("current")).toBeUndefined();
});
