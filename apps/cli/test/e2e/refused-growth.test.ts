import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describeNeeds, judgeMirror, runTool } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openUpstream, type Upstream } from "../upstream.js";
import { BUNDLE } from "./mirrorctl.js";

const SOURCE = fileURLToPath(new URL("refuse.c", import.meta.url));

const isLong = process.env.MIRRORCTL_LONG === "1";

/** Of the steps at which a quota may be used up, each so many. */
const EVERY = isLong ? 1 : 9;

interface Refusing {
  readonly upstream: Upstream;
  /** Runs the built command, with the variables that `refuse.c` tells of; whether it refused anything. */
  run(words: readonly string[], refuse?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Fails the test where anything that is shown is not whole. */
  judge(): Promise<void>;
}

interface Outcome {
  readonly status: number;
  readonly refused: boolean;
  readonly stderr: string;
  readonly errors: readonly { code: string; message: string; hint: string }[];
}

async function openRefusing(): Promise<Refusing> {
  const upstream = await openUpstream();
  await upstream.configure(
    { demo: "publish_to_staging = true\n[mirrors.demo.snapshot.prune]\nkeep_last = 1" },
    'min_free = "0%"',
  );
  const library = join(upstream.root, "refuse.so");
  const flags = ["-O2", "-shared", "-fPIC", "-Wall", "-Wextra"];
  const compiled = await runTool("gcc", [...flags, "-o", library, SOURCE, "-ldl"]);
  if (compiled.exitCode !== 0) throw new Error(compiled.stderr);
  const told = join(upstream.root, "refused");
  return {
    upstream,
    async run(words, refuse = {}) {
      rmSync(told, { force: true });
      const args = [BUNDLE, ...words, "--json", "-c", upstream.config];
      const child = spawn(process.execPath, args, {
        cwd: "/",
        env: {
          PATH: process.env.PATH,
          LD_PRELOAD: library,
          REFUSE_ROOT: upstream.dir,
          REFUSE_TOLD: told,
          // What the kernel does for io_uring passes no C library.
          UV_USE_IO_URING: "0",
          ...refuse,
        },
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      const closed = once(child, "close");
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [status] = await closed;
      const { error, mirrors = [] } = JSON.parse(stdout);
      const errors = [
        ...(error ? [error] : []),
        ...mirrors.flatMap((mirror: { error?: unknown }) => mirror.error ?? []),
      ];
      return { status, refused: existsSync(told), stderr, errors };
    },
    async judge() {
      for (const name of [
        "latest",
        ".latest.previous",
        "staging",
        ".staging.previous",
        "current",
      ]) {
        const path = join(upstream.dir, "demo", name);
        if (!lstatSync(path, { throwIfNoEntry: false })) continue;
        const { violations } = await judgeMirror(path, {
          keyring: upstream.keyring,
          suites: ["stable"],
          components: ["main"],
          architectures: ["amd64"],
        });
        expect([name, violations]).toEqual([name, []]);
      }
    },
  };
}

describeNeeds(describe, ["gcc"], "a disk quota", () => {
  test("that is used up at any step loses nothing, is named, and the next run goes on", async () => {
    const { upstream, run, judge } = await openRefusing();
    const errno = String(constants.errno.EDQUOT);
    const publish = (version: string) =>
      upstream.repository.publish({
        suites: { stable: { packages: [{ package: "hello", version, payload: 100_000 }] } },
      });
    await publish("1");
    expect(await run(["sync"])).toMatchObject({ status: 0 });
    await publish("2");
    // Each level begins with the same files: what is carried over would make the next one longer.
    const before = join(upstream.root, "before");
    cpSync(upstream.dir, before, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    const messages: string[] = [];
    for (let from = 1; ; from += EVERY) {
      const outcome = await run(["sync"], { REFUSE_ERRNO: errno, REFUSE_FROM: String(from) });
      const { status, refused, stderr, errors } = outcome;
      if (!refused) break;
      // A move that is made and cannot be put on record is: the next run records it.
      const isDone = stderr.includes("not in the history");
      expect([from, status, stderr]).toEqual([
        from,
        isDone ? 0 : 1,
        expect.not.stringMatching(/^ +at /m),
      ]);
      for (const error of errors) {
        expect([from, error]).toEqual([
          from,
          expect.objectContaining({
            message: expect.stringContaining("EDQUOT"),
            hint: expect.stringContaining("quota"),
          }),
        ]);
        messages.push(error.message);
      }
      await judge();
      expect(await run(["sync"])).toMatchObject({ status: 0, errors: [] });
      await judge();
      rmSync(upstream.dir, { recursive: true });
      cpSync(before, upstream.dir, {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
    }
    // Downloads, the tree, what is recorded and the snapshot were all refused once.
    const steps = [/partial/, /trees/, /snapshots/, ...(isLong ? [/seen\.json/, /history/] : [])];
    for (const step of steps) expect(messages).toContainEqual(expect.stringMatching(step));
  }, 600_000);

  test("that is used up lets one delete, prune and roll back", async () => {
    const { upstream, run, judge } = await openRefusing();
    const none = { REFUSE_ERRNO: String(constants.errno.EDQUOT), REFUSE_FROM: "1" };
    for (const version of ["1", "2", "3"]) {
      const packages = [{ package: "hello", version, payload: 1000 }];
      await upstream.repository.publish({ suites: { stable: { packages } } });
      expect(await run(["sync"])).toMatchObject({ status: 0 });
      const words = ["snapshot", "create", "demo", `s${version}`];
      expect(await run(words)).toMatchObject({ status: 0 });
      if (version !== "3") await run(["snapshot", "publish", "demo", `s${version}`]);
    }
    const shown = () => readlinkSync(join(upstream.dir, "demo", "current"));
    for (const words of [["rollback", "demo"], ["delete", "demo", "s3"], ["prune"]]) {
      const outcome = await run(["snapshot", ...words], none);
      expect([words, outcome]).toEqual([words, expect.objectContaining({ status: 0, errors: [] })]);
    }
    expect(shown()).toMatch(/s1$/);
    expect(existsSync(join(upstream.dir, ".mirrorctl/snapshots/demo/s3"))).toBe(false);
    await judge();
  });
});

describeNeeds(describe, ["gcc"], "a file system that takes few links to a file", () => {
  test("has copies of what it takes no more links to", async () => {
    const { upstream, run, judge } = await openRefusing();
    const two = { REFUSE_ERRNO: String(constants.errno.EMLINK), REFUSE_LINKS: "2" };
    for (const version of ["1", "2"]) {
      await upstream.repository.publish({
        suites: { stable: { add: [{ package: "more", version }] } },
      });
      expect(await run(["sync"], two)).toMatchObject({ status: 0, refused: true, errors: [] });
      await judge();
    }
    const stats = readdirSync(upstream.dir, { recursive: true, encoding: "utf8" }).map((name) =>
      lstatSync(join(upstream.dir, name)),
    );
    const links = stats.filter((stat) => stat.isFile()).map(({ nlink }) => nlink);
    expect(Math.max(...links)).toBe(2);
  });

  test("and none at all, is named", async () => {
    const { run, judge } = await openRefusing();
    const one = { REFUSE_ERRNO: String(constants.errno.EMLINK), REFUSE_LINKS: "1" };
    const { status, errors } = await run(["sync"], one);
    expect(status).toBe(1);
    expect(errors).toEqual([
      expect.objectContaining({
        code: "ERR_SNAPSHOT_WRITE",
        message: expect.stringContaining("EMLINK"),
        hint: expect.stringContaining("links"),
      }),
    ]);
    await judge();
  });
});
