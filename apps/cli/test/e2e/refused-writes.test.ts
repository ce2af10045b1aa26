import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lchownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createKey, fingerprintTree, judgeMirror, type PackageSpec } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openUpstream, type Upstream } from "../upstream.js";
import { BUNDLE, mirrorctl } from "./mirrorctl.js";
import { canMount, openSmallDisk } from "./small-disk.js";

const JUDGED = { suites: ["stable"], components: ["main"], architectures: ["amd64"] };

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const errorsOf = (stdout: string): Refusal[] =>
  JSON.parse(stdout).mirrors.flatMap(({ error }: { error?: Refusal }) => error ?? []);

const mountable = canMount();

describe.runIf(mountable)(
  `a disk that becomes read-only${mountable ? "" : " (needs the right to mount)"}`,
  () => {
    test.each([
      ["is asked for a Release", /InRelease$/],
      ["is asked for an index", /by-hash/],
      ["is asked for a package", /\.deb$/],
    ])("when upstream %s ends the sync, and nothing is lost", async (_, asked) => {
      const upstream = await openUpstream();
      mkdirSync(upstream.dir);
      const disk = await openSmallDisk(upstream.dir, "size=16m");
      onTestFinished(() => disk.close());
      await upstream.configure({ demo: "publish_to_staging = true" }, 'min_free = "0%"');
      const sync = () => disk.mirrorctl("sync", "--json", "-c", upstream.config);
      for (const version of ["1", "2"]) {
        const packages = [{ package: "hello", version, payload: 100_000 }];
        await upstream.repository.publish({ suites: { stable: { packages } } });
        const fault = upstream.server.fault(
          asked,
          { kind: "swap", before: () => freeze() },
          "once",
        );
        const freeze = async () => {
          const { dir } = upstream;
          // Over what is there: a file that is open for writing would keep it from being remounted.
          for (const args of [
            ["--bind", dir, dir],
            ["-o", "remount,bind,ro", dir],
          ]) {
            expect(await disk.run("mount", ...args)).toMatchObject({ status: 0 });
          }
        };
        const { status, stdout, stderr } = await sync();
        expect([status, stderr]).toEqual([1, expect.not.stringMatching(/^ +at /m)]);
        const [error] = errorsOf(stdout);
        expect(error?.message).toContain("EROFS");
        expect(error?.message).toContain(upstream.dir);
        expect(error?.hint).toContain("read-only");
        fault.remove();
        expect(await disk.run("umount", upstream.dir)).toMatchObject({ status: 0 });
        const verdicts = await disk.judge(upstream.keyring, "demo");
        expect(Object.values(verdicts).flat()).toEqual([]);
        expect(await sync()).toMatchObject({ status: 0 });
        const after = await disk.judge(upstream.keyring, "demo");
        expect(Object.keys(after).length).toBeGreaterThan(0);
        expect(Object.values(after).flat()).toEqual([]);
      }
    });
  },
);

describe("a directory that cannot be written or read any more", () => {
  /** A user without an entry in the list of users; root becomes the owner of the directory. */
  const OWNER = 4242;
  const isRoot = process.getuid?.() === 0;

  const open = async () => {
    const upstream = await openUpstream();
    mkdirSync(upstream.dir);
    if (isRoot) lchownSync(upstream.dir, OWNER, OWNER);
    await upstream.configure({ demo: "publish_to_staging = true" });
    const sync = () => mirrorctl(upstream.root, "sync", "--json", "-c", upstream.config);
    expect(await sync()).toMatchObject({ status: 0 });
    await upstream.repository.publish({
      suites: { stable: { add: [{ package: "more", version: "1" }] } },
    });
    return { upstream, sync };
  };

  const shown = async ({ dir }: Upstream) => fingerprintTree(join(dir, "demo", "latest", "/"));

  const finish = async (upstream: Upstream, sync: () => ReturnType<typeof mirrorctl>) => {
    expect(await sync()).toMatchObject({ status: 0 });
    for (const pointer of ["latest", "staging", ".latest.previous"]) {
      const verdict = await judgeMirror(join(upstream.dir, "demo", pointer), {
        keyring: upstream.keyring,
        ...JUDGED,
      });
      expect([pointer, verdict.violations]).toEqual([pointer, []]);
    }
  };

  const places = [
    "demo",
    ".mirrorctl/trees/demo",
    ".mirrorctl/snapshots/demo",
    ".mirrorctl/partial/demo",
    ".mirrorctl/state/demo",
    ".mirrorctl/locks/demo",
  ];

  // A lock that is there needs no right to make one.
  const ofAnother = places.flatMap((place) =>
    (place.includes("locks") ? ["500"] : ["500", "755"]).map((mode) => [place, mode] as const),
  );

  test.runIf(isRoot).each(ofAnother)(
    "%s of another user with mode %s: a sync says so, and the next one finishes",
    async (place, mode) => {
      const { upstream, sync } = await open();
      const before = await shown(upstream);
      const path = join(upstream.dir, place);
      lchownSync(path, 0, 0);
      chmodSync(path, Number.parseInt(mode, 8));
      const { status, stdout, stderr } = await sync();
      lchownSync(path, OWNER, OWNER);
      const [error] = errorsOf(stdout);
      expect([status, stderr]).toEqual([1, expect.not.stringMatching(/^ +at /m)]);
      expect(error?.message).toMatch(/EACCES|EPERM/);
      expect(error?.message).toContain(upstream.dir);
      expect(error?.hint).toContain("rights");
      // What is found out after the switch leaves the new tree, whole.
      if (place !== ".mirrorctl/snapshots/demo") expect(await shown(upstream)).toEqual(before);
      await finish(upstream, sync);
    },
  );

  test("of one's own is put right where it has to be", async () => {
    const { upstream, sync } = await open();
    for (const place of places) chmodSync(join(upstream.dir, place), 0o500);
    await finish(upstream, sync);
  });

  test.each([".mirrorctl/trees/demo", ".mirrorctl/partial/demo", ".mirrorctl/state/demo", "demo"])(
    "%s in the middle of a sync: the same",
    async (place) => {
      const { upstream, sync } = await open();
      const path = join(upstream.dir, place);
      const fault = upstream.server.fault(/\.deb$/, {
        kind: "swap",
        before: () => chmodSync(path, 0o500),
      });
      const { status, stdout } = await sync();
      fault.remove();
      chmodSync(path, 0o755);
      expect(status).toBe(1);
      const [error] = errorsOf(stdout);
      expect(error?.message).toContain("EACCES");
      expect(error?.hint).toContain("rights");
      await finish(upstream, sync);
    },
  );

  test("of the published tree costs a download, not the sync", async () => {
    const { upstream, sync } = await open();
    const pool = join(upstream.dir, "demo", "latest", "pool", "main", "h");
    chmodSync(pool, 0o000);
    onTestFinished(() => void (existsSync(pool) && chmodSync(pool, 0o755)));
    expect(await sync()).toMatchObject({ status: 0 });
    const { violations } = await judgeMirror(join(upstream.dir, "demo", "latest"), {
      keyring: upstream.keyring,
      ...JUDGED,
    });
    expect(violations).toEqual([]);
    chmodSync(join(upstream.dir, "demo", ".latest.previous", "pool", "main", "h"), 0o755);
  });
});

describe("a process that may not open many files", () => {
  const limited = async (limit: number, config: string) => {
    const script = `ulimit -n ${limit}; exec "$@"`;
    const args = ["-c", script, "sh", process.execPath, BUNDLE, "sync", "--json", "-c", config];
    const child = spawn("sh", args, { cwd: "/", env: { PATH: process.env.PATH } });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { status, stdout, stderr };
  };

  const many = (prefix: string): PackageSpec[] =>
    Array.from({ length: 300 }, (_, index) => ({ package: `${prefix}${index}`, version: "1" }));

  const judge = async ({ dir, keyring }: Upstream, id: string) => {
    const { violations } = await judgeMirror(join(dir, id, "latest"), { keyring, ...JUDGED });
    expect([id, violations]).toEqual([id, []]);
  };

  test("syncs hundreds of files with 64, and takes up what hundreds an earlier run left", async () => {
    const upstream = await openUpstream(many("p"));
    const fault = upstream.server.fault(/p7_1_amd64\.deb$/, { kind: "status", status: 404 });
    expect(await limited(64, upstream.config)).toMatchObject({ status: 1 });
    expect(readdirSync(join(upstream.dir, ".mirrorctl/partial/demo")).length).toBeGreaterThan(290);
    fault.remove();
    const { status, stdout, stderr } = await limited(64, upstream.config);
    expect([status, errorsOf(stdout), stderr]).toEqual([0, [], expect.anything()]);
    await judge(upstream, "demo");
  }, 120_000);

  test("compresses with 64 what it rewrites, by the same programs as ever", async () => {
    const upstream = await openUpstream(many("p"));
    const { armoredPrivate } = await createKey();
    writeFileSync(join(upstream.root, "own.asc"), armoredPrivate, { mode: 0o600 });
    await upstream.configure({
      demo: `filters = { exclude_patterns = ["^p1"] }\nsign = { key_path = "${upstream.root}/own.asc" }`,
    });
    const { status, stdout } = await limited(64, upstream.config);
    expect([status, errorsOf(stdout)]).toEqual([0, []]);
    const index = join(upstream.dir, "demo/latest/dists/stable/main/binary-amd64/Packages.xz");
    expect(existsSync(index)).toBe(true);
  }, 120_000);

  test("loses nothing where several upstreams take more than there are", async () => {
    const first = await openUpstream(many("a"));
    const others = await Promise.all(["b", "c", "d"].map((prefix) => openUpstream(many(prefix))));
    const table = ({ server, keyring }: Upstream) => `url = "${server.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${keyring}"
retries = 1`;
    const mirrors = Object.fromEntries(
      [first, ...others].map((upstream, index) => [`m${index}`, table(upstream)]),
    );
    await first.configure(mirrors, "max_conns = 20");
    const { status, stdout, stderr } = await limited(64, first.config);
    // How far each comes is not known; that it says what it lacked, or is done, is.
    expect(status).toBe(errorsOf(stdout).length === 0 ? 0 : 1);
    for (const error of errorsOf(stdout)) {
      expect([error, stderr]).toEqual([
        expect.objectContaining({ hint: expect.stringContaining("ulimit -n") }),
        expect.not.stringMatching(/^ +at /m),
      ]);
    }
    expect(await mirrorctl(first.root, "sync", "-c", first.config)).toMatchObject({ status: 0 });
    for (const id of Object.keys(mirrors)) await judge(first, id);
  }, 240_000);
});
