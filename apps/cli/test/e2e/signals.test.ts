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
import { BUNDLE } from "./mirrorctl.js";

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
    after?(child: ChildProcess): Promise<void>;
  },
) {
  const env = { PATH: options.path ?? process.env.PATH };
  const child = spawn(process.execPath, [BUNDLE, ...words], { cwd: "/", env });
  onTestFinished(() => void child.kill("SIGKILL"));
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

/** Whether a process has this file open. */
function hasOpen(pid: number, path: string): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((fd) => {
    try {
      return readlinkSync(join(directory, fd)) === path;
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
    (pid) => hasOpen(pid, left),
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
