import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openUpstream, type Upstream } from "../upstream.js";
import { canMount, openSmallDisk, type SmallDisk } from "./small-disk.js";

const SWEEP = fileURLToPath(new URL("children/full-disk.mjs", import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;

/** What a run that is short of room may end with, and each says how to get some. */
const LACKING = /^ERR_(?:SYNC_NO_SPACE|FETCH_WRITE|SNAPSHOT_WRITE|SYNC_FILES_FAILED)$/;
const WAY_OUT = /free space|df -h|snapshot delete/;

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  // biome-ignore lint/suspicious/noExplicitAny: facts are examined, never relied on.
  readonly facts: any;
}

interface Place extends Upstream {
  readonly disk: SmallDisk;
  /** Runs a command on the disk; the error of its first mirror that failed. */
  fails(...words: readonly string[]): Promise<Failure | undefined>;
  /** Fails the test where the command fails. */
  run(...words: readonly string[]): Promise<void>;
  /** Everything that is wrong with anything that a mirror shows. */
  wrong(id?: string): Promise<readonly string[]>;
  /** Lets upstream have this version of a package of so many bytes alone. */
  publish(version: string, payload?: number): Promise<void>;
  snapshots(): string[];
}

/** A mirror of a package of a megabyte on a disk with these mount options. */
async function openPlace(
  options: string,
  mirrors: Readonly<Record<string, string>> = { demo: "" },
  top = 'min_free = "0%"',
): Promise<Place> {
  const upstream = await openUpstream([big("1", MIB)]);
  mkdirSync(upstream.dir);
  const disk = await openSmallDisk(upstream.dir, options);
  onTestFinished(() => disk.close());
  await upstream.configure(mirrors, top);
  const place: Place = {
    ...upstream,
    disk,
    async fails(...words) {
      const args = [...words, "--json", "-c", upstream.config];
      const { status, stdout, stderr } = await disk.mirrorctl(...args);
      const { ok, error, mirrors: found = [] } = JSON.parse(stdout);
      expect([words, status, stderr]).toEqual([
        words,
        ok ? 0 : 1,
        expect.not.stringMatching(/^ +at /m),
      ]);
      return error ?? found.find((mirror: { ok: boolean }) => !mirror.ok)?.error;
    },
    async run(...words) {
      expect([words, await place.fails(...words)]).toEqual([words, undefined]);
    },
    async wrong(id = "demo") {
      const verdicts = await disk.judge(upstream.keyring, id);
      return Object.entries(verdicts).flatMap(([path, found]) =>
        found.map((one) => `${path}: ${one}`),
      );
    },
    publish: (version, payload = MIB) =>
      upstream.repository.publish({ suites: { stable: { packages: [big(version, payload)] } } }),
    snapshots: () => namesIn(join(disk.path, ".mirrorctl", "snapshots", "demo")),
  };
  return place;
}

/** A package whose file has one name in all versions, so that nothing is carried over. */
function big(version: string, payload: number) {
  return { package: "big", version, payload, filename: "pool/big.deb" };
}

function namesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => !name.startsWith("."));
}

const mountable = canMount();
const onDisk = describe.runIf(mountable);
const title = (text: string) => `${text}${mountable ? "" : " (needs the right to mount)"}`;

const isLong = process.env.MIRRORCTL_LONG === "1";
/** Of 20 levels, each so many. */
const EVERY = isLong ? 1 : 5;

onDisk(title("a disk that fills up in the middle of a sync"), () => {
  test(`at ${20 / EVERY} levels loses nothing, says how to get room, and finishes once there is some`, async () => {
    const root = await temporaryDirectory("full-disk-");
    onTestFinished(() => root.remove());
    const child = spawn("unshare", ["-m", process.execPath, SWEEP, root.path, String(EVERY)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
    const runs: {
      left: number;
      when: string;
      error: Failure | null;
      wrong: string[];
      shown: number;
    }[] = JSON.parse(stdout);
    expect(runs).toHaveLength((20 / EVERY) * 2 * 3);
    expect(runs.flatMap(({ wrong }) => wrong)).toEqual([]);
    for (const { when, error, shown } of runs) {
      if (when === "free") expect([error, shown > 0]).toEqual([null, true]);
      if (error === null) continue;
      expect(error.code).toMatch(LACKING);
      expect(error.hint).toMatch(WAY_OUT);
      expect(error.message).toMatch(/ENOSPC|lacks /);
    }
    if (!isLong) return;
    // Every step was hit: downloads, the tree, its manifest, what is recorded, the snapshot.
    const steps = [/partial/, /InRelease/, /trees.*unsealed/, /seen\.json/, /snapshots.*unsealed/];
    for (const step of steps) {
      expect(runs.filter(({ error }) => error && step.test(error.message)).length).toBeGreaterThan(
        0,
      );
    }
  }, 900_000);
});

onDisk(title("a disk without inodes"), () => {
  test("is known before anything is downloaded, and what lacks is said", async () => {
    const place = await openPlace("size=16m,nr_inodes=24");
    const error = await place.fails("sync");
    expect(error).toMatchObject({ code: "ERR_SYNC_NO_SPACE", facts: { short: { bytes: 0 } } });
    expect(error?.facts.short.inodes).toBeGreaterThan(0);
    expect(error?.message).toMatch(
      /files and directories to make, \d+ inodes free: lacks \d+ inodes/,
    );
    expect(place.server.requests.filter(({ path }) => path.endsWith(".deb"))).toEqual([]);
  });

  test.each(isLong ? [0, 1, 2, 4, 8, 12, 16, 20] : [0, 8])(
    "in mid-run, with %i left, loses nothing",
    async (inodes) => {
      const place = await openPlace("size=16m,nr_inodes=2000", {
        demo: "publish_to_staging = true",
      });
      for (const version of ["1", "2"]) {
        await place.publish(version);
        const before = () => place.disk.fill({ inodes });
        const fault = place.server.fault(/\.deb$/, { kind: "swap", before });
        const error = await place.fails("sync");
        expect(error?.code ?? "ERR_SNAPSHOT_WRITE").toMatch(LACKING);
        expect(error?.hint ?? "df -h").toMatch(WAY_OUT);
        expect(await place.wrong()).toEqual([]);
        fault.remove();
        place.disk.empty();
        await place.run("sync");
        expect(await place.wrong()).toEqual([]);
      }
    },
    120_000,
  );
});

onDisk(title("a disk with too little room"), () => {
  test("keeps what is to stay free", async () => {
    const place = await openPlace("size=4m", undefined, 'min_free = "3MiB"');
    const error = await place.fails("sync");
    expect(error).toMatchObject({ code: "ERR_SYNC_NO_SPACE", facts: { reserve: 3 * MIB } });
    await place.configure({ demo: "" }, 'min_free = "2MiB"');
    await place.run("sync");
    const { bavail, bsize } = statfsSync(place.disk.path);
    expect(bavail * bsize).toBeGreaterThanOrEqual(2 * MIB);
  });

  test("does not count it for two mirrors of one run", async () => {
    const place = await openPlace("size=3m", { demo: "", other: "" });
    await place.publish("1", 2 * MIB);
    const { stdout: said } = await place.disk.mirrorctl("sync", "--dry-run", "-c", place.config);
    expect(said).toMatch(/^ {2}Space lacking: +\d/m);
    for (const words of [["sync", "--dry-run"], ["sync"]]) {
      const args = [...words, "--json", "-c", place.config];
      const { status, stdout } = await place.disk.mirrorctl(...args);
      const { mirrors } = JSON.parse(stdout);
      expect([words, status]).toEqual([words, 1]);
      const codes = mirrors.map(({ error }: { error?: Failure }) => error?.code ?? "");
      expect([words, codes.sort()]).toEqual([words, ["", "ERR_SYNC_NO_SPACE"]]);
    }
    expect(await place.wrong("demo")).toEqual([]);
    // What the one has is linked by the other.
    await place.run("sync");
    expect(await place.wrong("other")).toEqual([]);
  });

  /** Three versions of a megabyte, in trees and snapshots; the first tree is due to be swept. */
  const threeVersions = async (place: Place, each: (version: string) => Promise<void>) => {
    for (const version of ["1", "2", "3"]) {
      await place.publish(version);
      await place.run("sync");
      await each(version);
    }
    const record = join(place.disk.path, ".mirrorctl/state/demo/.superseded.json");
    const year = new Date().getUTCFullYear();
    const aged = readFileSync(record, "utf8").replaceAll(`"${year}-`, `"${year - 1}-`);
    writeFileSync(record, aged);
  };

  test("sweeps first what is due, also where upstream has nothing new", async () => {
    const place = await openPlace("size=6m");
    await threeVersions(place, async () => {});
    const free = () => statfsSync(place.disk.path).bavail;
    place.disk.fill({ bytes: 0 });
    await place.run("sync");
    expect(free()).toBeGreaterThan(0);
    place.disk.empty();
    await threeVersions(place, async () => {});
    await place.publish("4", 3.5 * MIB);
    await place.run("sync");
    expect(await place.wrong()).toEqual([]);
  });

  test("is told which snapshots to delete, and finishes when they are gone", async () => {
    const place = await openPlace("size=6m");
    await threeVersions(place, (version) => place.run("snapshot", "create", "demo", `s${version}`));
    await place.publish("4", 3.5 * MIB);
    const error = await place.fails("sync");
    expect(error?.code).toBe("ERR_SYNC_NO_SPACE");
    const [first] = error?.facts.snapshots ?? [];
    expect(first).toMatchObject({ name: "s1" });
    expect(first.bytes).toBeGreaterThan(MIB);
    expect(error?.hint).toMatch(/^mirrorctl snapshot delete demo s1 frees enough;/);
    const before = statfsSync(place.disk.path).bfree;
    await place.run("snapshot", "delete", "demo", "s1");
    const { bfree, bsize } = statfsSync(place.disk.path);
    expect((bfree - before) * bsize).toBeGreaterThanOrEqual(first.bytes);
    await place.run("sync");
    expect(await place.wrong()).toEqual([]);
  });

  test("prunes first where snapshots are automatic", async () => {
    const keep = (count: number) => `[mirrors.demo.snapshot.prune]\nkeep_last = ${count}`;
    const place = await openPlace("size=6m", { demo: keep(9) });
    await threeVersions(place, async () => {});
    await place.publish("4", 3.5 * MIB);
    expect((await place.fails("sync"))?.code).toBe("ERR_SYNC_NO_SPACE");
    expect(place.snapshots()).toHaveLength(3);
    await place.configure({ demo: keep(1) }, 'min_free = "0%"');
    expect(await place.fails("sync", "--dry-run")).toBeUndefined();
    const before = place.snapshots();
    expect(before).toHaveLength(3);
    const { stdout } = await place.disk.mirrorctl("sync", "--json", "-c", place.config);
    expect(place.snapshots()).toHaveLength(1);
    // Those that went for room, and the one that went at the end.
    const { snapshot } = JSON.parse(stdout).mirrors[0];
    expect(snapshot.pruned.toSorted()).toEqual(before.toSorted());
    expect(snapshot.created).toBe(place.snapshots()[0]);
    expect(await place.wrong()).toEqual([]);
  });
});

onDisk(title("a full disk"), () => {
  test.each([[{ bytes: 0 }], [{ inodes: 0 }], [{ bytes: 0, inodes: 0 }]])(
    "with %j left lets one go back, delete and prune, and gives the room back",
    async (left) => {
      const place = await openPlace("size=8m,nr_inodes=500");
      for (const version of ["1", "2", "3", "4"]) {
        await place.publish(version);
        await place.run("sync");
        await place.run("snapshot", "create", "demo", `s${version}`);
        if (version !== "4") await place.run("snapshot", "publish", "demo", `s${version}`);
      }
      const shown = () => basename(readlinkSync(join(place.disk.path, "demo", "current")));
      const free = () => statfsSync(place.disk.path);
      place.disk.fill(left);
      const full = free();
      await place.run("snapshot", "rollback", "demo");
      expect(shown()).toBe("s2");
      await place.run("snapshot", "delete", "demo", "s3");
      expect(free().ffree).toBeGreaterThan(full.ffree);
      await place.run("snapshot", "prune", "--keep-last", "0");
      expect(place.snapshots()).not.toContain("s4");
      expect(place.snapshots()).toContain("s2");
      expect(await place.wrong()).toEqual([]);
      place.disk.empty();
      await place.run("sync");
      // What was deleted had been in production: its record was kept once there was room for it.
      const { stdout } = await place.disk.mirrorctl("history", "demo", "-c", place.config);
      expect(stdout).toContain("s3");
    },
  );
});

onDisk(title("snapshots on a disk of their own"), () => {
  const openCopied = async (size: string) => {
    const place = await openPlace("size=32m");
    const away = join(place.root, "away");
    mkdirSync(away);
    await place.disk.run("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", away);
    const keepLast = (count: number) =>
      place.configure(
        {
          demo: `[mirrors.demo.snapshot]
path = "${away}"
allow_copy = true
prune = { keep_last = ${count} }`,
        },
        'min_free = "0%"',
      );
    await keepLast(9);
    const listed = async () => (await place.disk.run("find", away, "-name", "big.deb")).stdout;
    return { place, away, listed, keepLast };
  };

  test("are copied only where they fit, and nothing is there in part", async () => {
    const { place, away, listed } = await openCopied("3m");
    await place.publish("1", 2 * MIB);
    await place.run("sync");
    const first = await listed();
    expect(first.split("\n").filter(Boolean)).toHaveLength(1);
    await place.publish("2", 2 * MIB);
    const error = await place.fails("sync");
    expect(error).toMatchObject({ code: "ERR_SYNC_NO_SPACE" });
    expect(error?.facts.path).toContain(away);
    expect(await listed()).toBe(first);
    for (const dry of [[], ["--dry-run"]]) {
      const words = ["snapshot", "create", "demo", "s2", ...dry];
      expect((await place.fails(...words))?.code).toBe("ERR_SYNC_NO_SPACE");
    }
    expect(await listed()).toBe(first);
    expect(await place.wrong()).toEqual([]);
    // The way out that is named works.
    const [, command = ""] =
      /^mirrorctl (snapshot delete .*) frees enough/.exec(error?.hint ?? "") ?? [];
    await place.run(...command.split(" "));
    await place.run("sync");
    expect(await listed()).not.toBe(first);
  });

  test("are pruned first where they do not fit", async () => {
    const { place, listed, keepLast } = await openCopied("3300k");
    for (const version of ["1", "2"]) {
      await place.publish(version);
      await place.run("sync");
    }
    await place.publish("3", 2 * MIB);
    expect((await place.fails("sync"))?.code).toBe("ERR_SYNC_NO_SPACE");
    expect((await listed()).match(/deb/g)).toHaveLength(2);
    await keepLast(1);
    await place.run("sync");
    expect((await listed()).match(/deb/g)).toHaveLength(1);
  });
});
