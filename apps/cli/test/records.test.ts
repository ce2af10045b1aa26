import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@mirror/snapshot";
import { fingerprintTree, needs, runTool } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const HOUR = 60 * 60 * 1000;

const at = async ({ config }: Workshop, now: Date, ...words: string[]) => {
  const ran = await mirrorctl([...words, "--json", "-c", config], { now: () => now });
  return { ...ran, document: JSON.parse(ran.stdout) };
};

describe("status", () => {
  test("says how each mirror stands, and which is not configured any more", async () => {
    const workshop = await openWorkshop(["1"], { demo: "", other: "" });
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.configure({ demo: "" });
    const { document } = await workshop.succeed("status");
    expect(document).toMatchObject({ notConfigured: ["other"], mirrors: [{ id: "demo" }] });
    expect(document.mirrors[0].pointers).toMatchObject([
      { pointer: "latest", role: "latest" },
      { pointer: "staging", role: "staging", suites: [] },
      { pointer: "current", role: "production", shows: "s1" },
    ]);
    const { stdout } = await workshop.run("status");
    expect(stdout).toMatch(/^ {2}staging +shows nothing yet$/m);
    expect(stdout).toMatch(/^ {2}production +s1 \(\d+ files, .*\)$/m);
    expect(stdout).toContain("mirrorctl remove other");
  });

  test("--check fails once the last sync is older than --max-age, and for who never synced", async () => {
    const workshop = await openWorkshop(["1"], { demo: "" });
    const check = ["status", "--check", "--max-age", "26h"];
    expect((await workshop.run(...check)).status).toBe(0);
    expect(await workshop.run(...check, "-q")).toEqual({ status: 0, stdout: "", stderr: "" });
    const later = await at(workshop, new Date(Date.now() + 27 * HOUR), ...check);
    expect(later.status).toBe(1);
    expect(later.document.mirrors[0]).toMatchObject({ ok: false, problems: [expect.any(String)] });
    await workshop.configure({ demo: "", other: "" });
    expect((await workshop.run("status", "--check")).status).toBe(0);
    expect((await workshop.run("status", "other", ...check.slice(1))).status).toBe(1);
    expect((await workshop.run("status", "demo", ...check.slice(1))).status).toBe(0);
  });

  test("--check fails for a mirror that failed last, until a sync gets through", async () => {
    const workshop = await openWorkshop(["1"]);
    workshop.server.fault(/Release/, { kind: "status", status: 403 });
    expect((await workshop.run("sync")).status).toBe(1);
    expect((await workshop.run("status")).status).toBe(0);
    const failed = await workshop.run("status", "--check");
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^ERROR demo: the last sync failed: /m);
    workshop.server.clear();
    await workshop.succeed("sync");
    expect((await workshop.run("status", "--check")).status).toBe(0);
  });

  test("--check fails for a production that expires, and warns of a staging that does", async () => {
    const workshop = await openWorkshop();
    const validUntil = new Date(Date.now() + 5 * 24 * HOUR);
    await workshop.repository.publish({ suites: { stable: { validUntil } } });
    await workshop.release("1");
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    const soon = new Date(Date.now() + 3 * 24 * HOUR);
    expect((await workshop.run("status", "--check")).status).toBe(0);
    const staged = await at(workshop, soon, "status", "--check");
    expect(staged.status).toBe(0);
    expect(staged.document.mirrors[0].remarks).not.toEqual([]);
    await workshop.succeed("snapshot", "promote", "demo");
    expect((await workshop.run("status", "--check")).status).toBe(0);
    const produced = await at(workshop, soon, "status", "--check");
    expect(produced.status).toBe(1);
    expect(produced.document.mirrors[0].problems[0]).toMatch(/^production shows s1, .*expires in/);
  });

  test("names frozen suites, and expects them to expire", async () => {
    const validUntil = new Date(Date.now() + 24 * HOUR);
    const workshop = await openWorkshop();
    await workshop.repository.publish({ suites: { stable: { validUntil } } });
    await workshop.release("1");
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const later = new Date(Date.now() + 48 * HOUR);
    expect((await at(workshop, later, "status", "--check")).status).toBe(1);
    await workshop.configure({ demo: 'frozen = ["stable"]' });
    const told = await at(workshop, later, "status", "--check");
    expect(told).toMatchObject({ status: 0, stderr: "" });
    const [mirror] = told.document.mirrors;
    expect(mirror).toMatchObject({ frozen: ["stable"], problems: [], remarks: [] });
    expect(mirror.pointers[0].validUntil).toBeUndefined();
    expect(mirror.pointers[0].suites).toMatchObject([{ validUntil: expect.any(String) }]);
    expect((await workshop.run("status")).stdout).toMatch(/^ {2}frozen +stable$/m);
  });

  test("--check fails for a pointer that leads nowhere", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    rmSync(workshop.snapshotPath("s1"), { recursive: true });
    expect((await workshop.run("status")).status).toBe(0);
    expect((await workshop.run("status", "--check")).status).toBe(1);
  });

  test.each(["soon", "-1d", "5 days"])("refuses --max-age '%s'", async (age) => {
    const workshop = await openWorkshop();
    const told = await workshop.tell("status", "--check", `--max-age=${age}`);
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_USAGE" });
  });

  test("and every other verb that looks takes no lock, and changes nothing", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const before = await fingerprintTree(workshop.root);
    const collection = openStore({ dir: workshop.dir }).collection("demo");
    const holder = { command: "something", since: new Date() };
    const locks = [await collection.lock("sync", holder), await collection.lock("store", holder)];
    for (const line of [
      ...["status", "status demo --check", "history demo", "history demo --at 2999-01-01"],
      ...["snapshot list --detailed", "snapshot diff demo", "snapshot verify demo"],
      ...["generate sudoers", "generate apt-source"],
    ]) {
      const { status, stderr } = await workshop.run(...line.split(" "));
      expect([line, status, stderr]).toEqual([line, 0, expect.anything()]);
    }
    for (const lock of locks) lock.release();
    const changed = [...(await fingerprintTree(workshop.root))].filter(
      ([path, facts]) => !path.includes("/locks") && before.get(path) !== facts,
    );
    expect(changed).toEqual([]);
  });
});

describe("history", () => {
  test("answers what each pointer showed at a time", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    const start = Date.parse("2026-05-01T12:00:00Z");
    const moves = ["publish demo s1 --no-gate", "publish demo s2 --no-gate", "rollback demo"];
    for (const [index, move] of moves.entries()) {
      const now = new Date(start + index * HOUR);
      expect((await at(workshop, now, "snapshot", ...move.split(" "))).status).toBe(0);
    }
    const shownAt = async (time: string) => {
      const { document } = await workshop.succeed("history", "demo", "--at", time);
      return document.mirrors[0].shown.map(({ shows }: { shows: string }) => shows);
    };
    expect(await shownAt("2026-05-01T11:59:59Z")).toEqual([]);
    expect(await shownAt("2026-05-01T12:00:00Z")).toEqual(["s1"]);
    expect(await shownAt("2026-05-01T15:30:00+02:00")).toEqual(["s2"]);
    expect(await shownAt("2026-05-01")).toEqual(["s1"]);
    const { stdout } = await workshop.run("history", "demo", "--at", "2026-05-01T13:00:00Z");
    expect(stdout).toMatch(/^demo +current +s2 +2026-05-01T13:00:00Z$/m);
  });

  test("knows who became another user", async () => {
    const workshop = await openWorkshop(["1"]);
    const words = ["snapshot", "publish", "demo", "s1", "-c", workshop.config];
    expect((await mirrorctl(words, { env: { SUDO_USER: "anna" } })).status).toBe(0);
    expect((await workshop.run("history", "demo")).stdout).toMatch(/ anna \(as \S+\)@\S+: snap/);
  });

  test("passes over what is garbled, and goes on behind it", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const path = join(workshop.dir, ".mirrorctl/state/demo/history.jsonl");
    writeFileSync(path, '{"at":"2026-01-01T00:00:00Z","kind":"pro\u001b[2J', { flag: "a" });
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    const { document } = await workshop.succeed("history", "demo");
    expect(document.mirrors[0].entries.map(({ kind }: { kind: string }) => kind)).toEqual([
      "sync",
      "publish",
      "stage",
    ]);
    expect((await workshop.run("history", "demo")).stdout).not.toContain("\u001b");
  });

  test("of nothing says so", async () => {
    const workshop = await openWorkshop();
    expect(await workshop.run("history", "demo")).toMatchObject({
      status: 0,
      stdout: "Nothing is on record.\n",
    });
  });

  test.each(["yesterday", "2026-05-01T12:00:00", "12:00Z", "2026-13-01"])(
    "refuses --at %s, which is no moment",
    async (time) => {
      const workshop = await openWorkshop();
      const told = await workshop.tell("history", "demo", "--at", time);
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_USAGE" });
    },
  );
});

describe("remove", () => {
  test("removes all of a mirror that is not configured, and nothing else", async () => {
    const workshop = await openWorkshop(["1"], { demo: "", other: "" });
    await workshop.succeed("snapshot", "publish", "other", "s1");
    await workshop.succeed("snapshot", "protect", "other", "s1");
    await workshop.configure({ demo: "" });
    const demo = async () => [
      ...(await fingerprintTree(join(workshop.dir, "demo"))),
      ...(await fingerprintTree(join(workshop.dir, ".mirrorctl/trees/demo"))),
      ...(await fingerprintTree(workshop.snapshotPath("."))),
    ];
    const before = await demo();
    const all = await fingerprintTree(workshop.dir);
    const dry = await workshop.succeed("remove", "other", "--dry-run");
    expect(dry.document).toMatchObject({ id: "other", dryRun: true, snapshots: ["s1"] });
    expect(await fingerprintTree(workshop.dir)).toEqual(all);

    const { document } = await workshop.succeed("remove", "other");
    expect(document).toMatchObject({ id: "other", dryRun: false, foreign: [] });
    expect(document.bytesFreed).toBe(dry.document.bytesFreed);
    expect(await demo()).toEqual(before);
    const left = readdirSync(workshop.dir, { recursive: true }).map(String);
    expect(left.filter((path) => path.includes("other") && !path.includes("locks"))).toEqual([]);
    const again = await workshop.tell("remove", "other");
    expect(again).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_TO_REMOVE" });
  });

  test("keeps what mirrorctl did not make", async () => {
    const workshop = await openWorkshop(["1"]);
    writeFileSync(join(workshop.dir, "demo", "README"), "mine");
    symlinkSync("/", join(workshop.dir, "demo", "root"));
    await workshop.configure({ other: "" });
    const { document, stderr } = await workshop.succeed("remove", "demo");
    expect(document.foreign).toHaveLength(2);
    expect(stderr).toMatch(/^WARN .*README/m);
    expect(readdirSync(join(workshop.dir, "demo")).sort()).toEqual(["README", "root"]);
  });

  test("refuses a mirror that is configured, one that is not there, and a glob", async () => {
    const workshop = await openWorkshop(["1"], { demo: "", other: "" });
    await workshop.configure({ demo: "" });
    const before = await fingerprintTree(workshop.dir);
    for (const [id, code] of [
      ["demo", "ERR_CLI_STILL_CONFIGURED"],
      ["othr", "ERR_CLI_NOTHING_TO_REMOVE"],
      ["oth*", "ERR_CLI_NOTHING_TO_REMOVE"],
      ["../demo", "ERR_CLI_NOTHING_TO_REMOVE"],
      [".mirrorctl", "ERR_CLI_NOTHING_TO_REMOVE"],
    ]) {
      const told = await workshop.tell("remove", id ?? "");
      expect([id, told.status, told.code]).toEqual([id, 1, code]);
    }
    expect((await workshop.tell("remove", "othr")).hint).toContain('"other"');
    expect(await fingerprintTree(workshop.dir)).toEqual(before);
  });

  test("waits for nobody but with --wait", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.configure({ other: "" });
    const collection = openStore({ dir: workshop.dir }).collection("demo");
    const lock = await collection.lock("sync", { command: "sync", since: new Date() });
    const busy = await workshop.tell("remove", "demo");
    expect(busy).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_LOCKED" });
    const { status } = await mirrorctl(["remove", "demo", "--wait", "-c", workshop.config], {
      onError: (text) => void (text.includes("Waiting: ") && lock.release()),
    });
    expect(status).toBe(0);
    expect(existsSync(join(workshop.dir, "demo"))).toBe(false);
  });
});

describe("generate", () => {
  test.each(["Root", "a b", "wheel, ALL", "%x", ""])(
    "sudoers refuses the group '%s'",
    async (name) => {
      const workshop = await openWorkshop();
      const told = await workshop.tell("generate", "sudoers", `--group=${name}`);
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_USAGE" });
    },
  );
});

test.runIf(needs("visudo"))(
  "generate sudoers prints exact commands without a wildcard, also where a path is odd",
  async () => {
    const workshop = await openWorkshop();
    const odd = join(workshop.root, "a b,c:d*=(x)#!'");
    mkdirSync(odd);
    const config = join(odd, "mirror.toml");
    writeFileSync(
      config,
      `dir = "${workshop.dir}"\n[mirrors.demo]\nurl = "${workshop.server.url}"
suites = ["stable"]\nsections = ["main"]\narchitectures = ["amd64"]`,
    );
    for (const path of [workshop.config, config]) {
      const { status, stdout } = await mirrorctl(["generate", "sudoers", "-c", path]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^%mirrorctl ALL=\(root\) NOPASSWD: \S+ snapshot promote demo -c /m);
      expect(stdout.replaceAll(/^#.*$|\\./gm, "")).not.toMatch(/[*?[\]]/);
      const file = join(workshop.root, "sudoers");
      writeFileSync(file, stdout, { mode: 0o440 });
      const checked = await runTool("visudo", ["-c", "-f", file]);
      expect([checked.exitCode, checked.stderr]).toEqual([0, ""]);
      rmSync(file, { force: true });
    }
  },
);
