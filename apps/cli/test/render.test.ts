import { constants } from "node:os";
import { ConfigError, type ConfigProblem } from "@mirror/config";
import { FetchError } from "@mirror/fetch";
import { SnapshotError } from "@mirror/snapshot";
import { type DryRunReport, SyncError, type SyncEvent, type SyncReport } from "@mirror/sync";
import { describe, expect, test } from "vitest";
import { describeError, detailsOf } from "../src/render/describe-error.js";
import { drawBar } from "../src/render/draw-bar.js";
import { renderDryRun } from "../src/render/dry-run.js";
import { duration, time } from "../src/render/duration.js";
import { escapeText } from "../src/render/escape.js";
import { logError } from "../src/render/failure.js";
import { createLog, type LogOptions } from "../src/render/log.js";
import { logSize, summarySize } from "../src/render/size.js";
import { createSyncLines, logSyncReport } from "../src/render/sync-lines.js";
import { Capture } from "./host.js";

const NOW = new Date("2026-11-21T03:00:00Z");
const GIB = 2 ** 30;

function openLog(changes: Partial<LogOptions> = {}) {
  const output = new Capture();
  const log = createLog({
    output,
    level: "info",
    format: "text",
    colour: false,
    several: false,
    now: () => NOW,
    ...changes,
  });
  return { log, output };
}

describe("the log", () => {
  test("writes a level and a message, and the mirror where several are at work", () => {
    const { log, output } = openLog({ several: true });
    log.info("Downloading Release file", { mirror: "noble" });
    log.info("Starting sync for mirror: noble", { mirror: "noble", named: true });
    log.debug("unseen");
    expect(output.text).toBe(
      "INFO  noble: Downloading Release file\nINFO  Starting sync for mirror: noble\n",
    );
  });

  test("writes plain lines without a level, except for what is wrong", () => {
    const { log, output } = openLog({ format: "plain", colour: true });
    log.info("Downloading Release file");
    log.warn("careful");
    expect(output.text).toBe("Downloading Release file\nWARN: careful\n");
  });

  test("writes one JSON object per line, whose own fields nothing can replace", () => {
    const { log, output } = openLog({ format: "json" });
    log.warn("two\nlines", { mirror: "noble", code: "WARN_X", facts: { level: "no", files: 3 } });
    expect(output.text.split("\n")).toHaveLength(2);
    expect(JSON.parse(output.text)).toEqual({
      time: NOW.toISOString(),
      level: "warn",
      msg: "two\\nlines",
      code: "WARN_X",
      mirror: "noble",
      files: 3,
    });
  });

  test("colours only what it is told to", () => {
    const { log, output } = openLog({ colour: true });
    log.error("no", { hint: "do" });
    expect(output.text).toContain("\u001b[31m");
    expect(output.text.endsWith("\n")).toBe(true);
  });
});

describe("text from elsewhere", () => {
  test("cannot move the cursor, reorder a line or start a new one", () => {
    expect(escapeText("a\u001b[2Jb\nc\u202ed\u0085")).toBe("a\\u001b[2Jb\\nc\\u202ed\\u0085");
  });

  test.each([
    "me:s3cret",
    "me:s3/cret",
    "me:s3@cret",
    "me:s3@cr/et",
    "me:s3?cr#et",
    "me:s3\"cr'et",
    "me@corp.example:s3cret",
    "s3cret",
    ":s3cret",
    "me:s3%40cret",
  ])("loses the credentials of its URLs: %s", (credentials) => {
    const text = `got "https://${credentials}@example.org/x", failed`;
    expect(escapeText(text)).toBe('got "https://***@example.org/x", failed');
  });

  test("keeps an @ that is no sign of credentials", () => {
    for (const text of [
      "http://[::1]:80/i18n/Translation-ca@valencia.xz: 404",
      "file:///mnt/me@home/dists: is no regular file",
      "https://deb.example.org/i18n/Translation-sr@latin, https://a/b",
      "Ubuntu Archive <ftpmaster@ubuntu.com>; https://example.org/",
    ]) {
      expect(escapeText(text)).toBe(text);
    }
  });

  test("loses two URLs' credentials, each for itself", () => {
    expect(escapeText("http://a:b@c/ and http://d:e/f@g/")).toBe("http://***@c/ and http://***@g/");
    expect(escapeText("http://a/,http://d:e@g/")).toBe("http://***@g/");
    expect(escapeText("file:///a,http://d:e@g/")).toBe("file://***@g/");
    expect(escapeText("file://d:e@g/")).toBe("file://***@g/");
  });
});

describe("numbers", () => {
  test("of bytes are decimal in logs and IEC with two decimals in summaries", () => {
    expect(logSize(4_200_000_000)).toBe("4.2 GB");
    expect(summarySize(0)).toBe("0 B");
    expect(summarySize(1023)).toBe("1023 B");
    expect(summarySize(1250)).toBe("1.22 KiB");
    expect(summarySize(5 * GIB)).toBe("5.00 GiB");
  });

  test("of time are short, and dates are UTC", () => {
    expect([400, 12_000, 185_000, 7_440_000].map(duration)).toEqual([
      "0.4s",
      "12s",
      "3m 5s",
      "2h 4m 0s",
    ]);
    expect(time(NOW)).toBe("2026-11-21T03:00:00Z");
  });
});

describe("events of a sync", () => {
  const lines = (events: SyncEvent[], clock: number[] = [], live = false) => {
    const { log, output } = openLog();
    const listen = createSyncLines({
      log,
      suites: new Map([["noble", 1]]),
      dryRun: false,
      live,
      now: () => new Date(NOW.getTime() + (clock.shift() ?? 0)),
    });
    for (const event of events) listen(event);
    return output.text.trimEnd().split("\n");
  };

  test("read as documented", () => {
    const id = "noble";
    expect(
      lines([
        { id, type: "sync-started" },
        { id, type: "release-requested", suite: "noble" },
        {
          id,
          type: "signature-valid",
          suite: "noble",
          fingerprint: "F6ECB3762474EDA9D21B7022871920D1991BC93C",
          userId: "Ubuntu Archive",
          keyring: "/usr/share/keyrings/u.gpg",
        },
        { id, type: "unchanged", since: NOW },
      ]),
    ).toEqual([
      "INFO  Starting sync for mirror: noble",
      "INFO  Downloading Release file",
      "INFO  PGP signature valid - signed by key 0xF6ECB3762474EDA9D21B7022871920D1991BC93C (Ubuntu Archive; /usr/share/keyrings/u.gpg)",
      "INFO  No changes since 2026-11-21T03:00:00Z",
    ]);
  });

  const work = { files: 12847, bytes: 50e9 };
  const done = { files: 1250, bytes: 4.2e9 };
  const phase = "packages";

  test("show progress every ten seconds and at the end of a phase", () => {
    const events: SyncEvent[] = [
      { id: "noble", type: "phase-started", phase, work },
      {
        id: "noble",
        type: "progress",
        phase,
        done: { files: 1, bytes: 1 },
        failed: 0,
        absent: 0,
        work,
      },
      { id: "noble", type: "progress", phase, done, failed: 0, absent: 0, work },
      { id: "noble", type: "progress", phase, done, failed: 0, absent: 0, work },
      { id: "noble", type: "phase-finished", phase, done: work, failed: 0, absent: 0, work },
    ];
    expect(lines(events, [0, 9_999, 10_000, 19_999])).toEqual([
      "INFO  Downloading 12847 packages (50 GB)",
      "INFO  Progress: 1250/12847 packages (9.7%) - 4.2 GB downloaded",
      "INFO  Progress: 12847/12847 packages (100.0%) - 50 GB downloaded",
    ]);
  });

  test("count what failed beside what arrived, and end against all that was wanted", () => {
    const wanted = { files: 4, bytes: 4e6 };
    const arrived = { files: 2, bytes: 2e6 };
    const failures: SyncEvent[] = ["a", "b"].map((path) => ({
      id: "noble",
      type: "file-failed",
      path,
      error: new Error("no"),
    }));
    const end = { id: "noble", type: "phase-finished", phase, absent: 0, work: wanted } as const;
    expect(lines([...failures, { ...end, done: arrived, failed: 2 }])).toEqual([
      "INFO  Progress: 2/4 packages (50.0%) - 2 MB downloaded, 2 failed",
    ]);
    expect(lines([{ ...end, done: { files: 0, bytes: 0 }, failed: 4 }])).toEqual([
      "INFO  Progress: 0/4 packages (0.0%) - 0 B downloaded, 4 failed",
    ]);
    // What upstream lists and does not serve is nothing to wait for.
    const indices = { ...end, phase: "indices", done: arrived, failed: 0, absent: 2 } as const;
    expect(lines([indices])).toEqual([
      "INFO  Progress: 2/4 index files (100.0%) - 2 MB downloaded, 2 absent upstream",
    ]);
  });

  test("show no progress where a live display does, and nothing of a phase without work", () => {
    const none = { files: 0, bytes: 0 };
    expect(
      lines(
        [
          { id: "noble", type: "phase-started", phase, work: none },
          { id: "noble", type: "progress", phase, done, failed: 0, absent: 0, work },
          { id: "noble", type: "phase-finished", phase, done: work, failed: 0, absent: 0, work },
        ],
        [0, 60_000],
        true,
      ),
    ).toEqual([""]);
  });

  test("end with what was done", () => {
    const { log, output } = openLog();
    logSyncReport(log, {
      id: "noble",
      outcome: "changed",
      generation: "g",
      since: NOW,
      started: NOW,
      finished: new Date(NOW.getTime() + 62_000),
      suites: [],
      packages: 3,
      tree: { files: 5, bytes: 5e6 },
      downloaded: { files: 4, bytes: 4.2e6 },
      reused: { files: 1, bytes: 8e5 },
      warnings: [],
    } satisfies SyncReport);
    expect(output.text).toBe(
      "INFO  Total downloaded: 4.2 MB (4 files), reused: 800 kB (1 file)\n" +
        "INFO  Duration: 1m 2s\n" +
        "INFO  Sync completed successfully for noble\n",
    );
  });
});

describe("the bars of a terminal", () => {
  const bar = (id: string, progress: number, columns = 100) =>
    drawBar(
      { id, files: "3/10 packages", bytes: 1e9 * progress, started: NOW },
      { progress, total: 1e9, idWidth: 12, columns, now: new Date(NOW.getTime() + 10_000) },
    );

  test("stand below each other whatever the names and the percentages", () => {
    expect([bar("debian", 0.05), bar("ubuntu-noble", 1)]).toEqual([
      "debian       [=-----------------]   5.0% 3/10 packages 50 MB 5 MB/s ETA 3m 10s",
      "ubuntu-noble [==================] 100.0% 3/10 packages 1 GB 100 MB/s ETA 0.0s",
    ]);
  });

  test("never fill a line, however narrow it is", () => {
    for (const columns of [20, 40, 80, 300]) {
      expect(bar("ubuntu-noble", 0.5, columns).length).toBeLessThan(columns);
    }
  });
});

test("a dry run is summed up per mirror and in total", () => {
  const amount = (files: number, bytes: number) => ({ files, bytes });
  const report = (id: string, more: Partial<DryRunReport> = {}): DryRunReport => ({
    id,
    release: amount(1, 512),
    indices: amount(2, 1250),
    packages: amount(10, 3 * GIB),
    total: amount(13, 3 * GIB + 1762),
    present: amount(3, GIB),
    elsewhere: id === "a" ? amount(2, 1024) : amount(0, 0),
    toDownload: amount(10, 2 * GIB),
    carried: amount(0, 0),
    toFree: amount(0, 0),
    needed: { bytes: 2 * GIB, inodes: 12 },
    free: { bytes: 3 * GIB, inodes: 1000, reserve: GIB / 4, claimed: { bytes: 0, inodes: 0 } },
    ...more,
    warnings: [],
  });
  const freeing = report("b", { freedFirst: { bytes: GIB / 2, inodes: 9 } });
  expect(renderDryRun([report("a"), freeing], "/srv/mirror")).toBe(`
=== Disk Usage Summary (Dry Run) ===

Repository: a
  Release files:  512 B
  Index files:    1.22 KiB
  Package files:  3.00 GiB
  Total size:     3.00 GiB (13 files)
  Already here:   1.00 GiB (3 files)
  From elsewhere: 1.00 KiB (2 files)
  To download:    2.00 GiB (10 files)
  To be freed:    0 B (0 files)
  Space needed:   2.00 GiB (12 inodes)

Repository: b
  Release files:  512 B
  Index files:    1.22 KiB
  Package files:  3.00 GiB
  Total size:     3.00 GiB (13 files)
  Already here:   1.00 GiB (3 files)
  To download:    2.00 GiB (10 files)
  To be freed:    0 B (0 files)
  Space needed:   2.00 GiB (12 inodes)

Total across all repositories:
  Release files:  1.00 KiB
  Index files:    2.44 KiB
  Package files:  6.00 GiB
  Total size:     6.00 GiB (26 files)
  Already here:   2.00 GiB (6 files)
  From elsewhere: 1.00 KiB (2 files)
  To download:    4.00 GiB (20 files)
  To be freed:    0 B (0 files)
  Space needed:   4.00 GiB (24 inodes)
  Free space:     3.00 GiB
  To stay free:   256.00 MiB
  Freed before:   512.00 MiB
  Space lacking:  768.00 MiB

Note: only metadata was downloaded, to a temporary directory that is gone now.
Nothing was written below /srv/mirror; what is to be freed goes after the new tree is in place.
`);
});

test("the summary says what lacks of inodes, and for which mirror", () => {
  const none = { files: 0, bytes: 0 };
  const free = { bytes: GIB, inodes: 100, reserve: 0, claimed: { bytes: 0, inodes: 0 } };
  const short = { bytes: 0, inodes: 50 };
  const refused = new SyncError("ERR_SYNC_NO_SPACE", "b: lacks", { short });
  const report = (id: string, more: Partial<DryRunReport> = {}): DryRunReport => ({
    ...{ id, release: none, indices: none, packages: none, total: none, present: none },
    ...{ elsewhere: none, toDownload: none, carried: none, toFree: none, free, warnings: [] },
    needed: { bytes: 0, inodes: 75 },
    ...more,
  });
  const said = renderDryRun([report("a"), report("b", { refused })], "/srv/mirror");
  const [a = "", b = "", all = ""] = said.split("\n\n").slice(1);
  expect(a).not.toContain("lacking");
  expect(b).toContain("\n  Space needed:   0 B (75 inodes)\n  Space lacking:  50 inodes");
  expect(all).toContain("\n  Free space:     1.00 GiB\n  Space lacking:  50 inodes");
  const both = renderDryRun([report("a", { needed: { bytes: 2 * GIB, inodes: 101 } })], "/srv");
  expect(both).toContain("Space lacking:  1.00 GiB and 1 inode\n");
  const freeing = { freedFirst: { bytes: GIB, inodes: 1 } };
  const freed = report("a", { needed: { bytes: 2 * GIB, inodes: 101 }, ...freeing });
  expect(renderDryRun([freed], "/srv")).not.toContain("lacking");
});

describe("what to do next", () => {
  const hint = (error: unknown, command?: string) => describeError(error, { command }).hint;
  const refused = (found: string, path = "/srv/mirror/x") => [
    new SnapshotError("ERR_SNAPSHOT_WRITE", `${path}: cannot write: ${found}`, { path, found }),
    new FetchError("ERR_FETCH_WRITE", `cannot be written (${found})`, { path, found }),
    Object.assign(new Error(`${found}: open`), { code: found, path }),
  ];

  test.each([
    ["ENOSPC", "df -i"],
    ["EDQUOT", "quota"],
    ["EROFS", "read-only"],
    ["EACCES", "owner of dir"],
    ["EMFILE", "ulimit -n"],
  ])("about %s speaks of %s, whoever was refused", (found, word) => {
    for (const error of refused(found)) expect(hint(error)).toContain(word);
  });

  test("about a missing directory names the first that is missing, and a disk", () => {
    for (const error of refused("ENOENT", "/nowhere/at/all/mirror")) {
      expect(hint(error)).toBe(
        "/nowhere does not exist: mount the disk that belongs there, or make the directory",
      );
    }
    // What vanished just now is told in general.
    expect(hint(refused("ENOENT", "/tmp/x")[0])).toContain("rights of dir");
  });

  test("about what this process may not open is its limit, wherever it was found out", () => {
    const cause = Object.assign(new Error("EMFILE: open"), { code: "EMFILE", syscall: "open" });
    const facts = { path: "/srv/x.lock", found: "EMFILE" };
    for (const error of [
      new SnapshotError("ERR_SNAPSHOT_LOCK_FAILED", "cannot lock", facts),
      new SnapshotError("ERR_SNAPSHOT_NOT_SYNCED", "not on disk", facts),
      new FetchError("ERR_FETCH_CONNECT", "no connection", { url: "http://x/", found: "EMFILE" }),
      new SyncError("ERR_SYNC_NOT_PACKED", "cannot be written", { cause }),
      cause,
    ]) {
      expect(hint(error)).toContain("ulimit -n");
    }
    const refused = new FetchError("ERR_FETCH_CONNECT", "no connection", { found: "EACCES" });
    expect(hint(refused)).not.toContain("owner of dir");
    const flock = { ...facts, found: "ENOENT" };
    const lacking = new SnapshotError("ERR_SNAPSHOT_LOCK_FAILED", "cannot lock", flock);
    expect(hint(lacking)).toContain("flock");
  });

  test("about a quota, for which Node has no name, is about it", () => {
    const text = "Unknown system error -122: Unknown system error -122, write";
    const facts = { errno: -constants.errno.EDQUOT, code: "Unknown system error -122" };
    const cause = Object.assign(new Error(text), { ...facts, syscall: "write" });
    expect(describeError(cause)).toMatchObject({
      code: "EDQUOT",
      message: "EDQUOT, write",
      hint: expect.stringContaining("quota"),
    });
    const packed = new SyncError("ERR_SYNC_NOT_PACKED", `cannot be written: ${text}`, { cause });
    expect(describeError(packed)).toMatchObject({
      message: "cannot be written: EDQUOT, write",
      hint: expect.stringContaining("quota"),
    });
  });

  test("about failed files is that of most of them", () => {
    const missing = new SyncError("ERR_SYNC_MISSING_FILE", "no upstream has it");
    const [, full] = refused("ENOSPC");
    const failures = [missing, full, full].map((error, index) => ({
      path: `pool/${index}`,
      error: error as Error,
    }));
    const error = new SyncError("ERR_SYNC_FILES_FAILED", "3 files failed", { failures });
    expect(hint(error)).toContain("df -h");
    expect(hint(new SyncError("ERR_SYNC_FILES_FAILED", "?", { failures: [] }))).toBeDefined();
  });

  test("about lacking space gives sizes, and does not say that nothing was downloaded", () => {
    const facts = { mirror: "demo", short: { bytes: 5 * GIB, inodes: 0 } };
    const said = "demo: 5368709120 bytes to write, 1073741824 bytes free";
    const error = new SyncError("ERR_SYNC_NO_SPACE", said, facts);
    const described = describeError(error);
    expect(described.message).toBe("demo: 5.00 GiB to write, 1.00 GiB free");
    expect(described.facts).toEqual(facts);
    expect(detailsOf(error)).toEqual([]);
    expect(hint(error)).toContain("free space on the file system of dir");
    expect(hint(error)).not.toContain("nothing was downloaded");
  });

  test("about lacking space is the command that deletes the snapshots that free most", () => {
    const snapshots = [
      { name: "s2", bytes: 4 * GIB, inodes: 10 },
      { name: "s1", bytes: GIB, inodes: 500 },
      { name: "s3", bytes: GIB / 2, inodes: 1 },
    ];
    const lacking = (short: { bytes: number; inodes: number }, enough?: number) =>
      new SyncError("ERR_SYNC_NO_SPACE", "demo: lacks", {
        mirror: "demo",
        short,
        snapshots,
        ...(enough === undefined ? {} : { enough }),
      });
    const some = lacking({ bytes: 5 * GIB, inodes: 0 }, 2);
    expect(hint(some)).toContain("mirrorctl snapshot delete demo s2 s1 frees enough;");
    expect(detailsOf(some)).toEqual([
      "deleting snapshot s2 frees 4.00 GiB",
      "deleting snapshot s1 frees 1.00 GiB",
      "deleting snapshot s3 frees 512.00 MiB",
    ]);
    expect(describeError(some).facts?.snapshots).toEqual(snapshots);
    const all = lacking({ bytes: 0, inodes: 9999 });
    expect(hint(all)).toContain("mirrorctl snapshot delete demo s2 s1 s3 frees most");
    expect(detailsOf(all)[1]).toBe("deleting snapshot s1 frees 1.00 GiB and 500 inodes");
  });

  test("about a configuration does not send whoever checks it to check it", () => {
    const problem = { code: "ERR_CONFIG_BAD_VALUE", path: "dir", file: "f", message: "dir: no" };
    const error = new ConfigError([problem as ConfigProblem]);
    expect(hint(error, "sync")).toContain("mirrorctl check config");
    expect(hint(error, "check config")).toBe("correct the configuration");
  });

  test("is what was meant, also where the message holds the word already", () => {
    const problem = {
      code: "ERR_CONFIG_BAD_VALUE",
      path: "mirrors.x.architectures[0]",
      file: "mirror.toml",
      message:
        'mirrors.x.architectures[0]: expected an architecture such as "amd64", found "x86_64"',
      suggestion: "amd64",
    } as const;
    expect(describeError(new ConfigError([problem])).message).toMatch(/; did you mean amd64\?$/);
  });
});

describe("an error", () => {
  test("without a code is told as a fault of the program, its stack only on demand", () => {
    const { log, output } = openLog();
    logError(log, new TypeError("x is not a function"), { mirror: "noble", verbose: false });
    expect(output.text).toMatch(/^ERROR noble: x is not a function\n {6}hint: .*\n$/);
    expect(describeError(new TypeError("x")).code).toBe("ERR_CLI_UNEXPECTED");
  });

  test("shows code, stack and causes with --verbose-errors", () => {
    const { log, output } = openLog();
    const error = new Error("outer", { cause: new Error("inner \u001b[2J") });
    logError(log, error, { doing: "downloading packages", verbose: true });
    expect(output.text).toContain("ERROR downloading packages: outer\n");
    expect(output.text).toContain("code: ERR_CLI_UNEXPECTED");
    expect(output.text).toContain("caused by Error: inner \\u001b[2J");
    expect(output.text).toMatch(/ {4}at /);
  });

  test("that carries many shows twenty and counts the rest", () => {
    const errors = Array.from({ length: 23 }, (_, index) => new Error(`file ${index}`));
    const lines = detailsOf(new AggregateError(errors, "all failed"));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("and 3 more");
    expect(describeError(new AggregateError(errors, "all failed")).problems).toHaveLength(23);
  });
});
