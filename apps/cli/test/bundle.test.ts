import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { needs } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openUpstream, type Upstream } from "./upstream.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = join(PACKAGE, "dist", "bundle", "mirrorctl.mjs");
const ENV = { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, TERM: "xterm" };
/** A user without an entry in the list of users, as containers have them. */
const NOBODY = 4242;
const isRoot = process.getuid?.() === 0;

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

function start(command: string, args: readonly string[], uid?: number) {
  const started = performance.now();
  const child = spawn(command, args, {
    env: ENV,
    cwd: "/",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (status, signal) => {
      resolve({ status, signal, stdout, stderr, ms: performance.now() - started });
    });
  });
  return { child, ended };
}

const mirrorctl = (...args: string[]) => start(process.execPath, [BUNDLE, ...args]);

/** Resolves once the upstream has been asked for a file that it holds back. */
async function stalled({ server }: Upstream): Promise<void> {
  while (!server.requests.some(({ path }) => path.endsWith(".deb"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a document is whole however slowly it is read", async () => {
  const upstream = await openUpstream();
  // More than the pipe between the two takes at once.
  const name = "no-such-package".repeat(100);
  const depends = Array.from({ length: 1000 }, (_, at) => name + at).join(", ");
  const add = [{ package: "hello", version: "1", depends }];
  await upstream.repository.publish({ suites: { stable: { add } } });
  await writeFile(join(upstream.root, "list.txt"), "hello\n");
  const filters = `{ package_list = "${upstream.root}/list.txt", with_dependencies = true }`;
  await upstream.configure({ demo: `filters = ${filters}` });
  const { child, ended } = mirrorctl("sync", "--dry-run", "--json", "-q", "-c", upstream.config);
  child.stdout.pause();
  await once(child.stdout, "readable");
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.stdout.resume();
  const { status, stdout } = await ended;
  expect(status).toBe(0);
  expect(stdout.length).toBeGreaterThan(1_500_000);
  expect(JSON.parse(stdout).mirrors[0].filters.unsatisfiedRelations).toHaveLength(1000);
});

test("the bundle knows the version of its package", async () => {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  for (const word of ["--version", "-v", "version"]) {
    const { status, stdout, stderr } = await mirrorctl(word).ended;
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `mirrorctl ${version}\n`,
      stderr: "",
    });
  }
});

test("the bundle prints the help that is recorded", async () => {
  const { status, stdout } = await mirrorctl("--help").ended;
  expect(status).toBe(0);
  await expect(stdout).toMatchFileSnapshot("golden/help.txt");
});

describe("a signal", () => {
  const stopping = async (upstream: Upstream, stop: (child: ChildProcess) => void) => {
    upstream.server.fault(/\.deb$/, { kind: "stall", in: "body" });
    const { child, ended } = mirrorctl("sync", "--verbose-errors", "-c", upstream.config);
    await stalled(upstream);
    const since = performance.now();
    stop(child);
    const end = await ended;
    return { ...end, ms: performance.now() - since };
  };

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)(
    "%s stops a sync within five seconds by status %i, and the next one succeeds",
    async (name, expected) => {
      const upstream = await openUpstream();
      const { status, stderr, ms } = await stopping(upstream, (child) => child.kill(name));
      expect(status).toBe(expected);
      expect(ms).toBeLessThan(5000);
      expect(stderr).toMatch(
        new RegExp(`^ERROR demo: downloading packages: stopped by ${name}$`, "m"),
      );
      expect(stderr).toContain("code: ERR_CLI_STOPPED\n");
      upstream.server.clear();
      expect((await mirrorctl("sync", "-c", upstream.config).ended).status).toBe(0);
    },
  );

  test("that comes twice ends it", async () => {
    const { status } = await stopping(await openUpstream(), (child) => {
      child.kill("SIGINT");
      child.kill("SIGTERM");
    });
    expect([130, 143]).toContain(status);
  });

  test("leaves no temporary directory of a dry run behind", async () => {
    const upstream = await openUpstream();
    upstream.server.fault(/Packages/, { kind: "stall", in: "body" });
    upstream.server.fault(/by-hash/, { kind: "stall", in: "body" });
    const temporary = await mkdtemp(join(upstream.root, "tmp-"));
    const child = spawn(process.execPath, [BUNDLE, "sync", "--dry-run", "-c", upstream.config], {
      env: { ...ENV, TMPDIR: temporary },
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = new Promise((resolve) => child.on("close", resolve));
    while (readdirSync(temporary).length === 0 || upstream.server.requests.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test("readers of stdout and stderr that go away do no harm", async () => {
  const { config, dir } = await openUpstream();
  const { child, ended } = mirrorctl("sync", "--json", "-c", config);
  child.stdout.destroy();
  child.stderr.destroy();
  expect((await ended).status).toBe(0);
  expect(readdirSync(join(dir, "demo"))).toContain("latest");
});

const asRoot = isRoot ? describe : describe.skip;
if (!isRoot && process.env.CI) throw new Error("needs root");

asRoot(`run as root${isRoot ? "" : " (skipped: needs root)"}`, () => {
  test("on a directory of another user, everything belongs to that user and group", async () => {
    const upstream = await openUpstream();
    mkdirSync(upstream.dir);
    chownSync(upstream.dir, NOBODY, NOBODY + 1);
    await chmod(upstream.config, 0o600);
    await chmod(upstream.keyring, 0o600);
    const { status, stderr } = await mirrorctl("sync", "-c", upstream.config).ended;
    expect(status, stderr).toBe(0);
    const owners = readdirSync(upstream.dir, { recursive: true })
      .map((name) => lstatSync(join(upstream.dir, String(name))))
      .map(({ uid, gid }) => `${uid}:${gid}`);
    expect(new Set(owners)).toEqual(new Set([`${NOBODY}:${NOBODY + 1}`]));
    expect(owners.length).toBeGreaterThan(10);
  });

  test("that this user cannot read is refused before anything is written", async () => {
    const upstream = await openUpstream();
    mkdirSync(upstream.dir);
    chownSync(upstream.dir, NOBODY, NOBODY);
    const install = join(upstream.root, "install");
    cpSync(join(PACKAGE, "dist", "bundle"), join(install, "bundle"), { recursive: true });
    await chmod(install, 0o700);
    const bundle = join(install, "bundle", "mirrorctl.mjs");
    const { status, stderr } = await start(process.execPath, [
      bundle,
      ...["sync", "--verbose-errors", "-c", upstream.config],
    ]).ended;
    expect(status).toBe(1);
    expect(stderr).toContain("code: ERR_CLI_UNREADABLE_PROGRAM");
    expect(readdirSync(upstream.dir)).toEqual([]);
  });

  test("or not: a user without the right to write is told whom to become", async () => {
    const upstream = await openUpstream();
    mkdirSync(upstream.dir);
    const args = [BUNDLE, "sync", "--json", "-c", upstream.config];
    const { status, stdout, stderr } = await start(process.execPath, args, NOBODY).ended;
    expect(status).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe("ERR_CLI_NOT_OWNER");
    expect(stderr).toMatch(/^ERROR .*it belongs to root\n {6}hint: sudo -u root mirrorctl sync/);
    const dry = await start(process.execPath, [...args, "--dry-run"], NOBODY).ended;
    expect(dry).toMatchObject({ status: 0 });
  });
});

const mountable =
  isRoot && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const onSmallDisk = mountable ? describe : describe.skip;

onSmallDisk(`on a full disk${mountable ? "" : " (skipped: needs the right to mount)"}`, () => {
  const withDisk = async (upstream: Upstream, size: string) => {
    mkdirSync(upstream.dir);
    const script = `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`;
    const command = [process.execPath, BUNDLE, "sync", "--json", "-c", upstream.config];
    const { status, stdout } = await start("unshare", [
      ...["-m", "sh", "-c", script, upstream.dir],
      ...command,
    ]).ended;
    expect(status).toBe(1);
    return JSON.parse(stdout).mirrors[0].error;
  };

  test("a sync that does not fit is refused before it downloads a package", async () => {
    const packages = ["a", "b"].map((name) => ({
      package: name,
      version: "1",
      files: { data: randomBytes(2 ** 20) },
    }));
    const upstream = await openUpstream(packages);
    const error = await withDisk(upstream, "1m");
    expect(error).toMatchObject({ code: "ERR_SYNC_NO_SPACE", doing: expect.anything() });
    expect(error.message).toMatch(
      /2\.\d\d MiB to write, \d+\.\d\d KiB free of which .* \(min_free\): lacks \d\.\d\d MiB, on /,
    );
    expect(error.facts.short.bytes).toBe(
      error.facts.needed.bytes + error.facts.reserve - error.facts.free.bytes,
    );
    expect(error.hint).toMatch(/^free space on the file system of dir/);
    expect(upstream.server.requests.filter(({ path }) => path.endsWith(".deb"))).toEqual([]);
  });
});

describe("a device that takes no byte more", () => {
  const shell = (script: string, config: string) =>
    start("sh", ["-c", script, process.execPath, BUNDLE, config]).ended;

  test("as stderr keeps no command from its work", async () => {
    const upstream = await openUpstream();
    const sync = '"$0" "$1" sync -c "$2" 2>/dev/full';
    expect(await shell(sync, upstream.config)).toMatchObject({ status: 0 });
    expect(existsSync(join(upstream.dir, "demo", "latest"))).toBe(true);
  });

  test("as stdout makes a command fail whose result nobody got", async () => {
    const upstream = await openUpstream();
    const status = '"$0" "$1" status --json -c "$2" >/dev/full';
    const { status: code, stderr } = await shell(status, upstream.config);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERROR stdout: ENOSPC/m);
  });
});

test("a broken installation ends with one escaped line and status 1", async () => {
  const { root } = await openUpstream();
  const install = join(root, "in\u001b[2Jstall");
  mkdirSync(install);
  cpSync(BUNDLE, join(install, "mirrorctl.mjs"));
  const { status, stderr } = await start(process.execPath, [
    ...[join(install, "mirrorctl.mjs"), "sync"],
  ]).ended;
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ERROR .*\\u\{1b\}\[2Jstall.*\n$/);
  expect(stderr).not.toContain("\u001b");
});

const onTerminal = needs("script") ? describe : describe.skip;

onTerminal(`on a terminal${needs("script") ? "" : " (skipped: needs script)"}`, () => {
  const underTerminal = async (...args: string[]) => {
    const upstream = await openUpstream();
    upstream.server.fault(/\.deb$/, { kind: "delay", ms: 600 });
    const line = [process.execPath, BUNDLE, "sync", "-c", upstream.config, ...args].join(" ");
    return await start("script", ["-qefc", `stty cols 100; ${line}`, "/dev/null"]).ended;
  };

  test("a live display takes the place of the Progress lines", async () => {
    const { status, stdout } = await underTerminal();
    expect(status).toBe(0);
    expect(stdout).toContain("demo [");
    expect(stdout).not.toContain("Progress:");
    // Every log line is there, whole, whatever was drawn around it.
    expect(stdout).toContain("Sync completed successfully for demo\r\n");
    expect(stdout).toContain("\u001b[32mINFO  \u001b[39mStarting sync for mirror: demo\r\n");
    // The cursor is shown again at the end.
    expect(stdout.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stdout.lastIndexOf("\u001b[?25l"));
  });

  test("there is neither a display nor a colour with --quiet or --no-color --json", async () => {
    expect((await underTerminal("--quiet")).stdout).toBe("");
    expect((await underTerminal("--no-color", "--json")).stdout).not.toContain("\u001b");
  });
});
