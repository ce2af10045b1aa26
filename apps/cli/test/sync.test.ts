import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@mirror/snapshot";
import { createKey, fingerprintTree, judgeMirror } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

describe("sync", () => {
  test("publishes a complete mirror and says what it did", async () => {
    const { config, dir, keyring } = await openUpstream();
    const { status, stdout, stderr } = await mirrorctl(["sync", "-c", config]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    const lines = stderr.split("\n");
    expect(lines[0]).toBe("INFO  Starting sync for mirror: demo");
    expect(lines[1]).toBe("INFO  Downloading Release file");
    expect(lines[2]).toMatch(/^INFO {2}PGP signature valid - signed by key 0x[0-9A-F]{40} /);
    expect(stderr).toContain("INFO  Progress: 2/2 packages (100.0%) - ");
    expect(stderr).toMatch(/INFO {2}Total downloaded: .*\nINFO {2}Duration: .*\n/);
    expect(stderr.endsWith("INFO  Sync completed successfully for demo\n")).toBe(true);
    const verdict = await judgeMirror(join(dir, "demo", "latest"), {
      keyring,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(verdict.violations).toEqual([]);
  });

  test("finds nothing new the second time", async () => {
    const { config } = await openUpstream();
    await mirrorctl(["sync", "-c", config]);
    const { status, stderr } = await mirrorctl(["sync", "-c", config]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/INFO {2}No changes since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n/);
    expect(stderr).not.toContain("Total downloaded");
  });

  test("prints nothing on success with --quiet", async () => {
    const { config } = await openUpstream();
    expect(await mirrorctl(["sync", "-q", "-c", config])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("syncs the others when one mirror fails, and exits 1", async () => {
    const upstream = await openUpstream();
    const other = await createKey();
    await writeFile(join(upstream.root, "other.asc"), other.armoredPublic);
    await upstream.configure({
      bad: `url = "${upstream.server.url}"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${join(upstream.root, "other.asc")}"`,
      good: "",
      keyless: `url = "${upstream.server.url}"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${join(upstream.root, "missing.asc")}"`,
    });
    const { status, stdout, stderr } = await mirrorctl(["sync", "--json", "-c", upstream.config]);
    expect(status).toBe(1);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      schemaVersion: 1,
      command: "sync",
      ok: false,
      dryRun: false,
      mirrors: [
        {
          id: "bad",
          ok: false,
          error: {
            code: "ERR_VERIFY_UNKNOWN_KEY",
            doing: "checking the Release of stable",
            hint: expect.stringContaining("pgp_key_path"),
          },
        },
        { id: "good", ok: true, outcome: "changed", packages: 2 },
        { id: "keyless", ok: false, error: { code: "ERR_CLI_UNREADABLE_FILE" } },
      ],
    });
    expect(stderr).toMatch(/^ERROR bad: checking the Release of stable: .*\n {6}hint: /m);
    expect(stderr).toMatch(/^ERROR keyless: reading the keyring: .*missing\.asc/m);
    expect(stderr).toContain("INFO  good: Downloading Release file\n");
    expect(stderr).toMatch(/INFO {2}3 mirrors: 1 changed, 0 unchanged, 2 failed; /);
    expect(existsSync(join(upstream.dir, "good", "latest", "pool"))).toBe(true);
    expect(existsSync(join(upstream.dir, "bad", "latest"))).toBe(false);
  });

  test("syncs only the mirrors that are named", async () => {
    const upstream = await openUpstream();
    await upstream.configure({ one: "", two: "", three: "" });
    expect((await mirrorctl(["sync", "t*", "-c", upstream.config])).status).toBe(0);
    expect(readdirSync(upstream.dir).sort()).toEqual([".mirrorctl", "three", "two"]);
    const unknown = await mirrorctl(["sync", "four", "-c", upstream.config]);
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toContain("no such mirror: four; the configuration has one, two, three");
  });

  test("lists what failed, each with what was expected, and keeps what was published", async () => {
    const upstream = await openUpstream();
    await mirrorctl(["sync", "-c", upstream.config]);
    const { repository, server } = upstream;
    await repository.publish({
      suites: {
        stable: {
          add: [
            { package: "broken", version: "1" },
            { package: "gone", version: "1" },
            { package: "fine", version: "1" },
            { package: "good", version: "1" },
          ],
        },
      },
    });
    server.fault(/broken_/, { kind: "status", status: 403 });
    server.fault(/gone_/, { kind: "status", status: 404 });
    const before = await fingerprintTree(join(upstream.dir, "demo"));
    const { status, stderr } = await mirrorctl(["sync", "-c", upstream.config]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERROR demo: downloading packages: /m);
    expect(stderr).toMatch(/^ {6}http:\/\/127[^ ]*\/pool\/main\/b\/broken\/broken_1_amd64\.deb: /m);
    expect(stderr).toMatch(/^ {6}pool\/main\/g\/gone\/gone_1_amd64\.deb: /m);
    const progress = stderr.match(/Progress: .* packages .*/g)?.at(-1);
    expect(progress).toMatch(/^Progress: 2\/4 .* downloaded, 1 absent upstream, 1 failed$/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await fingerprintTree(join(upstream.dir, "demo"))).toEqual(before);
  });

  test("says of a listed package that upstream lacks that it was to be downloaded", async () => {
    const upstream = await openUpstream();
    upstream.server.fault(/hello_/, { kind: "status", status: 404 });
    const { stderr } = await mirrorctl(["sync", "-c", upstream.config]);
    expect(stderr).toMatch(/^ERROR demo: downloading packages: pool\/main\/h\/hello/m);
  });

  test("finds a mirror locked, says by whom, and waits with --wait", async () => {
    const { config, dir } = await openUpstream();
    const collection = openStore({ dir }).collection("demo");
    collection.prepare();
    const lock = await collection.lock("sync", { command: "sync", since: new Date() });
    const busy = await mirrorctl(["sync", "-c", config]);
    expect(busy.status).toBe(1);
    expect(busy.stderr).toContain(`${process.pid}`);
    expect(busy.stderr).toContain("--wait");
    const { status, stderr } = await mirrorctl(["sync", "--wait", "-c", config], {
      onError: (text) => void (text.includes("Waiting: ") && lock.release()),
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^INFO {2}Waiting: /m);
  });

  test("writes one JSON object per log line where the configuration wants it", async () => {
    const upstream = await openUpstream();
    await upstream.configure({ demo: "" }, '[log]\nformat = "json"');
    const { stderr } = await mirrorctl(["sync", "-c", upstream.config]);
    const records = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({
      level: "info",
      msg: "Starting sync for mirror: demo",
      mirror: "demo",
    });
    expect(new Set(records.map(({ time }) => Number.isNaN(Date.parse(time))))).toEqual(
      new Set([false]),
    );
  });

  test("needs no keyring with --no-pgp-check, and warns", async () => {
    const upstream = await openUpstream();
    const { server, config } = upstream;
    await upstream.configure({
      demo: `url = "${server.url}"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${upstream.root}/missing.asc"`,
    });
    const { status, stderr } = await mirrorctl(["sync", "--no-pgp-check", "-c", config]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^WARN {2}/m);
  });

  test("never shows the credentials of a URL", async () => {
    const upstream = await openUpstream();
    await upstream.configure({
      demo: `url = "http://me:s3cret@127.0.0.1:1/"\nsuites = ["stable"]\nsections = ["main"]
architectures = ["amd64"]\npgp_key_path = "${upstream.keyring}"\nretries = 0`,
    });
    for (const flag of ["--verbose-errors", "--json", "--dry-run"]) {
      const { status, stdout, stderr } = await mirrorctl(["sync", flag, "-c", upstream.config]);
      expect(status).toBe(1);
      expect(stdout + stderr).toContain("127.0.0.1:1/");
      expect(stdout + stderr).not.toContain("s3cret");
    }
  });

  test("stops when it is told to, and says so", async () => {
    const { config, server, dir } = await openUpstream();
    const controller = new AbortController();
    const respond = () => controller.abort(new Error("stopped by SIGTERM"));
    server.fault(/\.deb$/, { kind: "respond", respond });
    const { status, stdout, stderr } = await mirrorctl(["sync", "--json", "-c", config], {
      signal: controller.signal,
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout).mirrors[0].error.code).toBe("ERR_CLI_STOPPED");
    expect(stderr).toMatch(/^ERROR demo: downloading packages: stopped by SIGTERM$/m);
    expect(existsSync(join(dir, "demo", "latest"))).toBe(false);
  });
});

test("sync refuses a dir that is no directory, or lies below a file", async () => {
  const upstream = await openUpstream();
  await writeFile(upstream.dir, "a file");
  const flags = ["--json", "-c", upstream.config];
  const { status, stdout, stderr } = await mirrorctl(["sync", ...flags]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { code: "ERR_CLI_NOT_A_DIRECTORY", facts: { path: upstream.dir } },
    mirrors: [],
  });
  expect(stderr).toContain(`${upstream.dir}: expected a directory, found something else`);
  const below = await mirrorctl(["sync", ...flags], {
    env: { MIRRORCTL_DIR: join(upstream.dir, "below") },
  });
  expect(JSON.parse(below.stdout).error.code).toBe("ERR_CLI_NOT_A_DIRECTORY");
});

test("sync names the missing directory above dir, where a disk may not be mounted", async () => {
  const upstream = await openUpstream();
  const disk = join(upstream.root, "disk");
  const { status, stdout } = await mirrorctl(["sync", "--json", "-c", upstream.config], {
    env: { MIRRORCTL_DIR: join(disk, "srv", "apt") },
  });
  expect(status).toBe(1);
  const { error } = JSON.parse(stdout).mirrors[0];
  expect(error).toMatchObject({ code: "ERR_SNAPSHOT_WRITE", facts: { found: "ENOENT" } });
  expect(error.hint).toBe(
    `${disk} does not exist: mount the disk that belongs there, or make the directory`,
  );
});

describe("sync --dry-run", () => {
  test("sums up what a sync would do, and leaves no trace", async () => {
    const { config, dir } = await openUpstream();
    const { status, stdout } = await mirrorctl(["sync", "--dry-run", "-c", config]);
    expect(status).toBe(0);
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "",
      "=== Disk Usage Summary (Dry Run) ===",
      "",
      "Repository: demo",
    ]);
    expect(stdout).toMatch(/^ {2}To download: {4}\S+ \S+ \(\d+ files\)$/m);
    expect(existsSync(dir)).toBe(false);
  });

  test("changes nothing where a mirror is, and knows what is there", async () => {
    const { config, dir, repository } = await openUpstream();
    await mirrorctl(["sync", "-c", config]);
    await repository.publish({
      suites: { stable: { add: [{ package: "new", version: "1" }], remove: ["hello"] } },
    });
    const before = await fingerprintTree(dir);
    const { stdout } = await mirrorctl(["sync", "--dry-run", "--json", "-c", config]);
    expect(await fingerprintTree(dir)).toEqual(before);
    const { mirrors, ok, dryRun } = JSON.parse(stdout);
    expect({ ok, dryRun }).toEqual({ ok: true, dryRun: true });
    expect(mirrors[0].present.files).toBeGreaterThan(0);
    expect(mirrors[0].toDownload.files).toBeGreaterThan(0);
    expect(mirrors[0].carried.files).toBeGreaterThan(0);
  });
});

describe("check config", () => {
  test("passes a good configuration, with comments on stderr", async () => {
    const upstream = await openUpstream();
    const good = await mirrorctl(["check", "config", "-c", upstream.config]);
    expect(good).toEqual({
      status: 0,
      stdout: `${upstream.config}: the configuration passes all checks (1 mirror)\n`,
      stderr: "",
    });
    await upstream.configure({ demo: "no_pgp_check = true\nindices = { dep11 = false }" });
    const commented = await mirrorctl(["check", "config", "-c", upstream.config]);
    expect(commented.status).toBe(0);
    expect(commented.stderr).toContain("WARN  demo: signatures are not checked");
    expect(commented.stderr).toContain("WARN  demo: indices without dep11");
    const strict = 'frozen = ["stable"]\npromote = { require_valid = true }';
    await upstream.configure({ demo: strict });
    const frozen = await mirrorctl(["check", "config", "-c", upstream.config]);
    expect(frozen.status).toBe(0);
    expect(frozen.stderr).toMatch(/^WARN {2}demo: promote\.require_valid: .*stable/m);
  });

  test("tells every problem with its place, and what was meant", async () => {
    const upstream = await openUpstream();
    await upstream.configure({ demo: 'architecture = ["amd64"]\nby_hash = "maybe"' });
    const { status, stdout, stderr } = await mirrorctl(["check", "config", "-c", upstream.config]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("ERROR the configuration has 2 problems\n");
    expect(stderr).toMatch(new RegExp(`^ {6}${upstream.config}:\\d+.*architectures`, "m"));
    expect(stderr).toMatch(/by_hash.*maybe/);
  });

  test("opens the keyrings", async () => {
    const upstream = await openUpstream();
    await writeFile(upstream.keyring, "no key at all");
    const { status, stdout } = await mirrorctl([
      "check",
      "config",
      "--json",
      "-c",
      upstream.config,
    ]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      path: upstream.config,
      mirrors: [{ id: "demo", ok: false, error: { code: "ERR_VERIFY_BAD_KEYRING" } }],
    });
  });

  test("says which file is missing, and what to do", async () => {
    const { status, stderr } = await mirrorctl(["check", "config"], {
      env: { MIRRORCTL_CONFIG: "/nonexistent/mirror.toml" },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERROR .*\/nonexistent\/mirror\.toml.*\n {6}hint: .*--config/);
  });
});
