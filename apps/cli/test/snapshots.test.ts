import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openStore } from "@mirror/snapshot";
import { fingerprintTree } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { BUNDLE } from "./e2e/mirrorctl.js";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const PATH_OF_THREE = '[snapshot]\nenvironments = ["dev", "qa", "current"]';

const names = async ({ succeed }: Workshop, id = "demo"): Promise<string[]> => {
  const { document } = await succeed("snapshot", "list", id);
  return document.mirrors[0].snapshots.map(({ name }: { name: string }) => name);
};

const historyOf = async ({ succeed }: Workshop, id = "demo") =>
  (await succeed("history", id)).document.mirrors[0].entries;

/** A command line, the code of the error that it ends with, and what that says to do. */
const NOT_THERE = [
  ["snapshot stage demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot promote demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot publish demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot rollback demo --to alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot delete demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot delete demo alpah --dry-run", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot protect demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot unprotect demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot diff demo alpah alpha", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot verify demo alpah", "ERR_CLI_UNKNOWN_SNAPSHOT", 'did you mean "alpha"'],
  ["snapshot stage demo zzz", "ERR_CLI_UNKNOWN_SNAPSHOT", "mirrorctl snapshot list demo"],
  ["snapshot create dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot list dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot stage dmo alpha", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot promote dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot publish dmo alpha", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot rollback dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot delete dmo alpha", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot prune dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot protect dmo alpha", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot unprotect dmo alpha", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot diff dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot verify dmo", "ERR_CLI_UNKNOWN_MIRROR", 'did you mean "demo"?'],
  ["snapshot stage demo alpha --env stagign", "ERR_CLI_UNKNOWN_ENVIRONMENT", "staging"],
  ["snapshot promote demo --to curent", "ERR_CLI_UNKNOWN_ENVIRONMENT", "current"],
  ["snapshot promote demo --from stagign", "ERR_CLI_UNKNOWN_ENVIRONMENT", "staging"],
] as const;

test("what is named and is not there is refused by a code, with a way out", async () => {
  const workshop = await openWorkshop();
  await workshop.release("1", "alpha");
  const published = async () =>
    [...(await fingerprintTree(workshop.dir))].filter(([path]) => isPublished(path));
  const before = await published();
  for (const [line, code, hint] of NOT_THERE) {
    const told = await workshop.tell(...line.split(" "));
    expect([line, told]).toMatchObject([
      line,
      { status: 1, code, hint: expect.stringContaining(hint) },
    ]);
    expect([line, await published()]).toEqual([line, before]);
  }
});

/** Locks are files that stay; everything else is what somebody may see. */
const isPublished = (path: string) => !path.startsWith(".mirrorctl/locks");

describe("snapshot create", () => {
  test("names it by the time, again and again, and keeps what latest shows", async () => {
    const workshop = await openWorkshop();
    await workshop.succeed("sync");
    const at = new Date("2026-03-04T05:06:07Z");
    const create = async () =>
      JSON.parse(
        (
          await mirrorctl(["snapshot", "create", "demo", "--json", "-c", workshop.config], {
            now: () => at,
          })
        ).stdout,
      ).mirrors[0].snapshot;
    expect([await create(), await create(), await create()]).toEqual([
      "2026-03-04T05-06-07Z",
      "2026-03-04T05-06-07Z-2",
      "2026-03-04T05-06-07Z-3",
    ]);
    const latest = await fingerprintTree(join(workshop.dir, "demo", "latest"));
    const kept = await fingerprintTree(workshop.snapshotPath("2026-03-04T05-06-07Z"));
    const files = (tree: Map<string, string>) =>
      [...tree].filter(([, facts]) => facts.startsWith("file"));
    expect(files(kept)).toEqual(files(latest));
    expect(files(kept).length).toBeGreaterThan(4);
    expect(existsSync(join(workshop.dir, "demo", "staging"))).toBe(false);
  });

  test("refuses a name that is taken, and one that is none", async () => {
    const workshop = await openWorkshop(["1"]);
    expect(await workshop.tell("snapshot", "create", "demo", "s1")).toMatchObject({
      status: 1,
      code: "ERR_SNAPSHOT_TREE_EXISTS",
    });
    for (const name of ["../out", ".hidden", "a/b", "x".repeat(201)]) {
      const told = await workshop.tell("snapshot", "create", "demo", name);
      expect([name, told.status, told.code]).toEqual([name, 1, "ERR_SNAPSHOT_BAD_NAME"]);
    }
    expect(await names(workshop)).toEqual(["s1"]);
  });

  test("with --force replaces one that nothing shows, and no other", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    const inRelease = (name: string) =>
      readFileSync(join(workshop.snapshotPath(name), "dists/stable/InRelease"), "utf8");
    expect(inRelease("s1")).not.toBe(inRelease("s2"));
    await workshop.succeed("snapshot", "create", "demo", "s1", "--force");
    expect(inRelease("s1")).toBe(inRelease("s2"));

    await workshop.succeed("snapshot", "stage", "demo", "s1");
    const shown = await workshop.tell("snapshot", "create", "demo", "s1", "--force");
    expect(shown).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_IN_USE" });
    await workshop.succeed("snapshot", "protect", "demo", "s2");
    const kept = await workshop.tell("snapshot", "create", "demo", "s2", "--force");
    expect(kept).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_PROTECTED" });
    expect(workshop.shows("staging")).toBe("s1");
  });

  test("with --stage shows it in staging", async () => {
    const workshop = await openWorkshop(["1"]);
    const { document } = await workshop.succeed("snapshot", "create", "demo", "now", "--stage");
    expect(document.mirrors[0]).toMatchObject({ snapshot: "now", staged: "staging" });
    expect(workshop.shows("staging")).toBe("now");
  });

  test("has nothing to keep before the first sync", async () => {
    const workshop = await openWorkshop();
    const told = await workshop.tell("snapshot", "create", "demo");
    expect(told).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_NO_TREE" });
  });

  test("--dry-run fails where it would fail itself", async () => {
    const workshop = await openWorkshop();
    const dry = (...words: string[]) =>
      workshop.tell("snapshot", "create", "demo", ...words, "--dry-run");
    expect(await dry()).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_NO_TREE" });
    await workshop.release("1");
    expect(await dry("s1")).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_TREE_EXISTS" });
    expect(await dry("../out")).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_BAD_NAME" });
    expect(await dry("s1", "--force")).toMatchObject({ status: 0 });
    expect(await dry("s2")).toMatchObject({ status: 0 });
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    expect(await dry("s1", "--force")).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_IN_USE" });
  });
});

describe("snapshot list", () => {
  test("says what each one is, newest first", async () => {
    const workshop = await openWorkshop(["1", "2", "3"]);
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    await workshop.succeed("snapshot", "promote", "demo");
    await workshop.succeed("snapshot", "protect", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s3");
    await workshop.succeed("snapshot", "rollback", "demo");
    const { document } = await workshop.succeed("snapshot", "list");
    expect(document.mirrors[0].snapshots).toMatchObject([
      { name: "s3", shownBy: [], protected: false, rejected: true, automatic: false },
      { name: "s2", shownBy: ["production", "staging"], protected: false, rejected: false },
      { name: "s1", shownBy: [], protected: true, rejected: false },
    ]);
    expect(document.mirrors[0].snapshots[0]).not.toHaveProperty("own");
    const { stdout } = await workshop.run("snapshot", "list");
    expect(stdout).toMatch(/^demo +s3 .* rejected\ndemo +s2 .* production, staging\ndemo +s1 /m);
  });

  test("--detailed counts what one alone holds", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.succeed("snapshot", "create", "demo", "same");
    const { document } = await workshop.succeed("snapshot", "list", "--detailed");
    expect(document.mirrors[0].snapshots).toMatchObject([
      { name: "same", own: { files: 0, bytes: 0 } },
      { name: "s1", own: { files: 0, bytes: 0 } },
    ]);
    expect((await workshop.run("snapshot", "list", "--detailed")).stdout).toMatch(/OWN SIZE/);
  });

  test("of none says how to take one", async () => {
    const workshop = await openWorkshop();
    const { status, stdout } = await workshop.run("snapshot", "list");
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toContain("mirrorctl snapshot create demo");
    expect((await workshop.succeed("snapshot", "list")).document.mirrors[0].snapshots).toEqual([]);
  });
});

describe("snapshot stage", () => {
  test("shows it in the first environment, or in the one that --env names", async () => {
    const workshop = await openWorkshop(["1", "2"], { demo: "" }, PATH_OF_THREE);
    const { document } = await workshop.succeed("snapshot", "stage", "demo", "s1");
    expect(document.mirrors[0]).toMatchObject({ environment: "dev", to: "s1", moved: true });
    await workshop.succeed("snapshot", "stage", "demo", "s2", "--env", "qa");
    expect(["dev", "qa", "current"].map((name) => workshop.shows(name))).toEqual([
      "s1",
      "s2",
      undefined,
    ]);
  });

  test("never moves production, which has a gate", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    for (const flag of ["--dry-run", "--wait"]) {
      const told = await workshop.tell("snapshot", "stage", "demo", "s2", "--env", "current", flag);
      expect(told).toMatchObject({ status: 1, hint: expect.stringContaining("publish demo s2") });
    }
    expect(workshop.shows("current")).toBe("s1");
    await workshop.configure({ demo: "" }, '[snapshot]\nenvironments = ["current"]');
    expect((await workshop.tell("snapshot", "stage", "demo", "s2")).status).toBe(1);
    expect((await workshop.tell("snapshot", "create", "demo", "s3", "--stage")).status).toBe(1);
    expect(workshop.shows("current")).toBe("s1");
    expect(await names(workshop)).toEqual(["s2", "s1"]);
  });

  test("refuses a snapshot whose manifest was cut", async () => {
    const workshop = await openWorkshop(["1"]);
    truncateSync(join(workshop.snapshotPath("."), ".s1.manifest"), 400);
    const told = await workshop.tell("snapshot", "stage", "demo", "s1");
    expect(told).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_BAD_MANIFEST" });
    expect(workshop.shows("staging")).toBeUndefined();
  });

  test("never writes over what is not ours", async () => {
    const workshop = await openWorkshop(["1"]);
    writeFileSync(join(workshop.dir, "demo", "staging"), "mine");
    for (const flag of ["--wait", "--dry-run"]) {
      const told = await workshop.tell("snapshot", "stage", "demo", "s1", flag);
      expect(told).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_FOREIGN_ENTRY" });
    }
    expect(readFileSync(join(workshop.dir, "demo", "staging"), "utf8")).toBe("mine");
  });
});

describe("snapshot promote", () => {
  test("goes along the path step by step", async () => {
    const workshop = await openWorkshop(["1", "2"], { demo: "" }, PATH_OF_THREE);
    const shown = () => ["dev", "qa", "current"].map((name) => workshop.shows(name));
    const promote = (...words: string[]) => workshop.tell("snapshot", "promote", "demo", ...words);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    expect(await promote()).toMatchObject({ code: "ERR_CLI_NOTHING_SHOWN" });
    const { document } = await promote("--to", "qa");
    expect(document.mirrors[0]).toMatchObject({
      environment: "qa",
      source: "dev",
      to: "s1",
      moved: true,
    });
    expect(shown()).toEqual(["s1", "s1", undefined]);
    expect(await promote("--from", "qa")).toMatchObject({ status: 0 });
    expect(shown()).toEqual(["s1", "s1", "s1"]);
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    expect(await promote("--from", "dev")).toMatchObject({ status: 0 });
    expect(await promote("--from", "qa", "--to", "current")).toMatchObject({ status: 0 });
    expect(shown()).toEqual(["s2", "s2", "s2"]);
  });

  test.each([
    ["--from dev --to current"],
    ["--from current"],
    ["--to dev"],
    ["--from qa --to dev"],
    ["--from qa --to qa"],
  ])("has no step %s", async (line) => {
    const workshop = await openWorkshop(["1"], { demo: "" }, PATH_OF_THREE);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "promote", "demo", "--to", "qa");
    const told = await workshop.tell("snapshot", "promote", "demo", ...line.split(" "));
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_NO_STEP" });
    expect(workshop.shows("current")).toBeUndefined();
  });

  test("by name takes only what the environment before has shown", async () => {
    const workshop = await openWorkshop(["1", "2", "3"]);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const untested = await workshop.tell("snapshot", "promote", "demo", "s3");
    expect(untested).toMatchObject({ status: 1, code: "ERR_CLI_NOT_TESTED" });
    expect(untested.hint).toContain("mirrorctl snapshot stage demo s3");
    expect(await workshop.tell("snapshot", "promote", "demo", "s3", "--force")).toMatchObject({
      code: "ERR_CLI_NOT_TESTED",
    });
    expect(workshop.shows("current")).toBeUndefined();
    await workshop.succeed("snapshot", "promote", "demo", "s1");
    expect(workshop.shows("current")).toBe("s1");
    expect(workshop.shows("staging")).toBe("s2");
  });

  test("has nothing to promote before anything was staged", async () => {
    const workshop = await openWorkshop(["1"]);
    const told = await workshop.tell("snapshot", "promote", "demo");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_SHOWN" });
  });

  test("takes what was rolled back only by name and with --force, and takes the mark away", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "promote", "demo");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    await workshop.succeed("snapshot", "promote", "demo");
    await workshop.succeed("snapshot", "rollback", "demo");
    for (const words of [[], ["s2"], ["--force"]]) {
      const told = await workshop.tell("snapshot", "promote", "demo", ...words);
      expect([words, told.code]).toEqual([words, "ERR_CLI_REJECTED"]);
    }
    expect(workshop.shows("current")).toBe("s1");
    await workshop.succeed("snapshot", "promote", "demo", "s2", "--force");
    expect(workshop.shows("current")).toBe("s2");
    const { document } = await workshop.succeed("snapshot", "list");
    expect(document.mirrors[0].snapshots[0]).toMatchObject({ name: "s2", rejected: false });
  });

  test("of what is shown already moves nothing", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "promote", "demo");
    const before = await fingerprintTree(join(workshop.dir, "demo"));
    const { document } = await workshop.succeed("snapshot", "promote", "demo");
    expect(document.mirrors[0].moved).toBe(false);
    expect(await fingerprintTree(join(workshop.dir, "demo"))).toEqual(before);
  });
});

describe("several mirrors by a glob", () => {
  const openTwo = async () => {
    const workshop = await openWorkshop(["1", "2"], { "u-one": "", "u-two": "", other: "" });
    for (const id of ["u-one", "u-two"]) {
      await workshop.succeed("snapshot", "stage", id, "s1");
      await workshop.succeed("snapshot", "promote", id);
    }
    return workshop;
  };
  const shown = ({ shows }: Workshop) => [shows("current", "u-one"), shows("current", "u-two")];

  test("move together", async () => {
    const workshop = await openTwo();
    await workshop.succeed("snapshot", "stage", "u-*", "s2");
    await workshop.succeed("snapshot", "promote", "u-*");
    expect(shown(workshop)).toEqual(["s2", "s2"]);
    await workshop.succeed("snapshot", "rollback", "u-*");
    expect(shown(workshop)).toEqual(["s1", "s1"]);
    expect(workshop.shows("current", "other")).toBeUndefined();
  });

  test("none is promoted or published where one fails its check", async () => {
    const workshop = await openTwo();
    await workshop.succeed("snapshot", "stage", "u-*", "s2");
    const pool = join(workshop.snapshotPath("s2", "u-two"), "pool/main/h/hello/hello_2_amd64.deb");
    truncateSync(pool, 3);
    // A hard link: the other mirror has an inode of its own only where it was not reused.
    const twins = lstatSync(pool).nlink;
    expect(twins).toBeGreaterThan(0);
    for (const words of [
      ["promote", "u-*"],
      ["publish", "u-*", "s2"],
    ]) {
      const told = await workshop.tell("snapshot", ...words);
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_GATE_REFUSED" });
      expect(told.document.mirrors).toHaveLength(2);
      expect(told.document.mirrors.some(({ moved }: { moved?: boolean }) => moved)).toBe(false);
      expect(shown(workshop)).toEqual(["s1", "s1"]);
    }
  });

  test("none is rolled back where one has nothing before", async () => {
    const workshop = await openTwo();
    await workshop.succeed("snapshot", "stage", "u-one", "s2");
    await workshop.succeed("snapshot", "promote", "u-one");
    const told = await workshop.tell("snapshot", "rollback", "u-*");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_BEFORE" });
    expect(told.document.mirrors).toMatchObject([
      { id: "u-one", ok: true, moved: false },
      { id: "u-two", ok: false },
    ]);
    expect(shown(workshop)).toEqual(["s2", "s1"]);
  });

  test("one that cannot be staged stops no other", async () => {
    const workshop = await openTwo();
    await workshop.succeed("snapshot", "create", "u-two", "only-two");
    const told = await workshop.tell("snapshot", "stage", "u-*", "only-two");
    expect(told.status).toBe(1);
    expect(told.document.mirrors).toMatchObject([{ ok: false }, { ok: true }]);
    expect(workshop.shows("staging", "u-two")).toBe("only-two");
  });
});

describe("snapshot rollback", () => {
  const openFour = async () => {
    const workshop = await openWorkshop(["1", "2", "3", "4"]);
    for (const name of ["s1", "s2", "s3"]) {
      await workshop.succeed("snapshot", "stage", "demo", name);
      await workshop.succeed("snapshot", "promote", "demo");
    }
    return workshop;
  };

  test("goes back, and the second time one further", async () => {
    const workshop = await openFour();
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s2");
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s1");
    const third = await workshop.tell("snapshot", "rollback", "demo");
    expect(third).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_BEFORE" });
    expect(workshop.shows("current")).toBe("s1");
  });

  test("withdraws what was shown, says so, and marks it", async () => {
    const workshop = await openFour();
    expect(workshop.shows(".current.previous")).toBe("s2");
    const { document, stderr } = await workshop.succeed("snapshot", "rollback", "demo");
    expect(document.mirrors[0]).toMatchObject({ from: "s3", to: "s2", moved: true });
    expect(workshop.shows(".current.previous")).toBeUndefined();
    expect(stderr).toContain("rm -rf /var/lib/apt/lists/*");
    const { document: list } = await workshop.succeed("snapshot", "list");
    expect(list.mirrors[0].snapshots).toMatchObject([
      { name: "s4", rejected: false },
      { name: "s3", rejected: true },
      { name: "s2", rejected: false },
      { name: "s1", rejected: false },
    ]);
    expect((await historyOf(workshop)).at(-1)).toMatchObject({
      kind: "rollback",
      pointer: "current",
      from: "s3",
      to: "s2",
      command: "snapshot rollback",
    });
  });

  test("--to goes to any snapshot that production has shown, and to no other", async () => {
    const workshop = await openFour();
    await workshop.succeed("snapshot", "rollback", "demo", "--to", "s1");
    expect(workshop.shows("current")).toBe("s1");
    const refused = await workshop.tell("snapshot", "rollback", "demo", "--to", "s4");
    expect(refused).toMatchObject({ status: 1, code: "ERR_CLI_NOT_SHOWN_BEFORE" });
    expect(workshop.shows("current")).toBe("s1");
  });

  test("passes over what was rolled back before", async () => {
    const workshop = await openFour();
    await workshop.succeed("snapshot", "rollback", "demo");
    await workshop.succeed("snapshot", "publish", "demo", "s4");
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s2");
  });

  test("does not go to another snapshot of the same name", async () => {
    const workshop = await openFour();
    await workshop.succeed("snapshot", "delete", "demo", "s2", "--force");
    await workshop.succeed("snapshot", "create", "demo", "s2");
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s1");
  });

  test("--to what is shown already moves nothing, and rejects nothing", async () => {
    const workshop = await openFour();
    const before = await fingerprintTree(join(workshop.dir, "demo"));
    const told = await workshop.succeed("snapshot", "rollback", "demo", "--to", "s3");
    expect(told.document.mirrors[0]).toMatchObject({ from: "s3", to: "s3", moved: false });
    expect(await fingerprintTree(join(workshop.dir, "demo"))).toEqual(before);
    const { document } = await workshop.succeed("snapshot", "list");
    expect(JSON.stringify(document)).not.toContain('"rejected":true');
  });

  test("passes over a snapshot that is gone", async () => {
    const workshop = await openFour();
    await workshop.succeed("snapshot", "delete", "demo", "s2", "--force");
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s1");
  });

  test("helps where the tree that production shows is gone", async () => {
    const workshop = await openFour();
    rmSync(workshop.snapshotPath("s3"), { recursive: true });
    rmSync(join(workshop.snapshotPath("."), ".s3.manifest"));
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s2");
    expect(existsSync(join(workshop.dir, "demo", "current", "dists"))).toBe(true);
  });

  test("needs something that was shown", async () => {
    const workshop = await openWorkshop(["1"]);
    const told = await workshop.tell("snapshot", "rollback", "demo");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_BEFORE" });
  });

  test("asks no gate", async () => {
    const workshop = await openFour();
    await workshop.configure({ demo: "promote = { min_packages = 1000 }" });
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s2");
  });
});

describe("snapshot publish", () => {
  test("goes to production at once, and bridges the switch", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const { document } = await workshop.succeed("snapshot", "publish", "demo", "s2");
    expect(document.mirrors[0]).toMatchObject({
      environment: "current",
      from: "s1",
      to: "s2",
      moved: true,
    });
    expect([workshop.shows("current"), workshop.shows(".current.previous")]).toEqual(["s2", "s1"]);
    expect(workshop.shows("staging")).toBeUndefined();
  });

  test("of an older one withdraws what was shown, and says what clients make of it", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    const { stderr } = await workshop.succeed("snapshot", "publish", "demo", "s1");
    expect(stderr).toContain("rm -rf /var/lib/apt/lists/*");
    expect([workshop.shows("current"), workshop.shows(".current.previous")]).toEqual([
      "s1",
      undefined,
    ]);
  });
});

describe("snapshot delete", () => {
  test("deletes the others where one cannot be, and exits 1", async () => {
    const workshop = await openWorkshop(["1", "2", "3", "4"]);
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    await workshop.succeed("snapshot", "protect", "demo", "s3");
    const told = await workshop.tell(
      ...["snapshot", "delete", "demo", "s1", "s2", "s3", "nope", "s4"],
    );
    expect(told.status).toBe(1);
    expect(told.document.mirrors[0].snapshots).toMatchObject([
      { name: "s1", ok: true },
      { name: "s2", ok: false, error: { code: "ERR_SNAPSHOT_IN_USE" } },
      { name: "s3", ok: false, error: { code: "ERR_SNAPSHOT_PROTECTED" } },
      { name: "nope", ok: false, error: { code: "ERR_CLI_UNKNOWN_SNAPSHOT" } },
      { name: "s4", ok: true },
    ]);
    expect(await names(workshop)).toEqual(["s3", "s2"]);
    expect(readdirSync(workshop.snapshotPath(".")).sort()).toEqual(
      [".s2.manifest", ".s3.manifest", ".s3.protected", "s2", "s3"].sort(),
    );
  });

  test("with --force takes the pointers away first, and the protection", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "promote", "demo");
    await workshop.succeed("snapshot", "protect", "demo", "s1");
    await workshop.succeed("snapshot", "delete", "demo", "s1", "--force");
    expect(readdirSync(join(workshop.dir, "demo")).sort()).toEqual(
      [".latest.previous", "dists", "latest", "pool", "snapshots"].sort(),
    );
    expect(await names(workshop)).toEqual(["s2"]);
  });

  test("keeps what the history needs of it, compressed", async () => {
    const workshop = await openWorkshop(["1", "2", "3"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    await workshop.succeed("snapshot", "delete", "demo", "s1", "--force");
    await workshop.succeed("snapshot", "delete", "demo", "s3");
    const deleted = join(workshop.dir, ".mirrorctl/state/demo/deleted");
    expect(readdirSync(deleted)).toEqual(["s1"]);
    const { stdout } = await workshop.run("snapshot", "diff", "demo", "s1", "s2");
    expect(stdout).toContain("1 upgraded");
    const kept = join(deleted, "s1");
    expect(readdirSync(kept, { recursive: true }).map(String)).toContain("manifest.gz");
  });

  test("--dry-run says what it would free, or the reason why it would fail", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const dry = await workshop.tell("snapshot", "delete", "demo", "s1", "s2", "--dry-run");
    expect(dry.status).toBe(1);
    expect(dry.document.mirrors[0].snapshots).toMatchObject([
      { name: "s1", ok: true, bytesFreed: expect.any(Number) },
      { name: "s2", ok: false, error: { code: "ERR_SNAPSHOT_IN_USE" } },
    ]);
    expect(await names(workshop)).toEqual(["s2", "s1"]);
  });
});

describe("snapshot prune", () => {
  const DAYS = 24 * 60 * 60 * 1000;
  /** Five snapshots, ten days old and then two days apart. */
  const openFive = async () => {
    const workshop = await openWorkshop();
    await workshop.succeed("sync");
    const start = Date.now() - 10 * DAYS;
    for (const index of [0, 1, 2, 3, 4]) {
      const now = () => new Date(start + index * 2 * DAYS);
      const words = ["snapshot", "create", "demo", `s${index}`, "-c", workshop.config];
      expect((await mirrorctl(words, { now })).status).toBe(0);
    }
    return workshop;
  };

  test("keeps as many as --keep-last says, what is in use, and what is protected", async () => {
    const workshop = await openFive();
    await workshop.succeed("snapshot", "stage", "demo", "s0");
    await workshop.succeed("snapshot", "protect", "demo", "s1");
    const { document } = await workshop.succeed("snapshot", "prune", "--keep-last", "1");
    expect(document.mirrors[0]).toMatchObject({
      keep: [
        { name: "s0", reasons: ["in-use"] },
        { name: "s1", reasons: ["protected"] },
        { name: "s4", reasons: ["newest"] },
      ],
      remove: ["s2", "s3"],
      removed: [{ name: "s2" }, { name: "s3" }],
      failed: [],
    });
    expect(await names(workshop)).toEqual(["s4", "s1", "s0"]);
  });

  test("keeps what is younger than --keep-within says", async () => {
    const workshop = await openFive();
    const words = ["snapshot", "prune", "demo", "--keep-last", "0", "--keep-within", "5d"];
    const { document } = await workshop.succeed(...words);
    expect(document.mirrors[0].remove).toEqual(["s0", "s1", "s2"]);
    expect(await names(workshop)).toEqual(["s4", "s3"]);
  });

  test("follows the configuration where nothing else is said", async () => {
    const workshop = await openFive();
    await workshop.configure({ demo: "snapshot.prune = { keep_last = 2 }" });
    await workshop.succeed("snapshot", "prune");
    expect(await names(workshop)).toEqual(["s4", "s3"]);
  });

  test("--dry-run says what would go and why the rest stays, and deletes nothing", async () => {
    const workshop = await openFive();
    const before = await fingerprintTree(workshop.dir);
    const { stderr, status } = await workshop.run(
      ...["snapshot", "prune", "--keep-last", "2", "--dry-run"],
    );
    expect(status).toBe(0);
    expect(stderr.match(/Would delete snapshot: s\d/g)).toHaveLength(3);
    expect(stderr.match(/Keeps s\d: among the newest/g)).toHaveLength(2);
    expect(await fingerprintTree(workshop.dir)).toEqual(before);
  });

  test("keeps what production showed at its last two moves", async () => {
    const workshop = await openFive();
    for (const name of ["s0", "s1", "s2"]) {
      await workshop.succeed("snapshot", "publish", "demo", name);
    }
    await workshop.succeed("snapshot", "prune", "--keep-last", "0");
    expect(await names(workshop)).toEqual(["s2", "s1", "s0"]);
    await workshop.succeed("snapshot", "rollback", "demo");
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(workshop.shows("current")).toBe("s0");
  });

  test.each([
    ["--keep-last", "-1"],
    ["--keep-last", "two"],
    ["--keep-last", "1.5"],
    ["--keep-within", "5 days"],
    ["--keep-within", "-5d"],
    ["--keep-within", ""],
  ])("refuses %s '%s', and deletes nothing", async (option, value) => {
    const workshop = await openFive();
    const told = await workshop.tell("snapshot", "prune", `${option}=${value}`);
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_USAGE" });
    expect(await names(workshop)).toHaveLength(5);
  });
});

describe("snapshot diff and verify", () => {
  test("diff compares production with staging, or what is named", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    const none = await workshop.tell("snapshot", "diff", "demo");
    expect(none).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_SHOWN" });
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const change = { upgraded: [{ name: "hello", from: "1", to: "2" }] };
    const { document } = await workshop.succeed("snapshot", "diff", "demo");
    expect(document.mirrors[0]).toMatchObject({ before: "s1", after: "s2" });
    expect(document.mirrors[0].groups).toMatchObject([change]);
    const back = await workshop.succeed("snapshot", "diff", "demo", "latest", "s1");
    expect(back.document.mirrors[0].groups).toMatchObject([
      { downgraded: [{ name: "hello", from: "2", to: "1" }] },
    ]);
    const { stdout } = await workshop.run("snapshot", "diff", "demo");
    expect(stdout).toContain("1 upgraded, 0 downgraded, 0 added, 0 removed");
    const markdown = (await workshop.run("snapshot", "diff", "demo", "--markdown")).stdout;
    expect(markdown).toMatch(/^## demo: s1 → s2$/m);
  });

  test("verify finds a flipped byte, and with --quick only a wrong size", async () => {
    const workshop = await openWorkshop(["1"]);
    const { document } = await workshop.succeed("snapshot", "verify", "demo");
    expect(document.mirrors[0].snapshots).toMatchObject([{ name: "s1", problems: [] }]);
    const deb = join(workshop.snapshotPath("s1"), "pool/main/h/hello/hello_1_amd64.deb");
    const bytes = readFileSync(deb);
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    writeFileSync(deb, bytes);
    expect(await workshop.tell("snapshot", "verify", "demo", "s1", "--quick")).toMatchObject({
      status: 0,
    });
    const full = await workshop.tell("snapshot", "verify", "demo", "s1");
    expect(full).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    truncateSync(deb, 100);
    expect(await workshop.tell("snapshot", "verify", "demo", "--quick")).toMatchObject({
      status: 1,
      code: "ERR_CLI_DAMAGED",
    });
  });
});

describe("a pointer at another place", () => {
  test("may lie anywhere, with the mirror's name in its path", async () => {
    const workshop = await openWorkshop(["1"], { one: "", two: "" });
    const place = join(workshop.root, "web", "{mirror}", "prod");
    for (const id of ["one", "two"]) mkdirSync(join(workshop.root, "web", id), { recursive: true });
    const top = `[snapshot]\nenvironments = ["staging", "${place}"]`;
    await workshop.configure({ one: "", two: "" }, top);
    await workshop.succeed("snapshot", "stage", "*", "s1");
    await workshop.succeed("snapshot", "promote", "*");
    const pointer = join(workshop.root, "web", "two", "prod");
    expect(readlinkSync(pointer)).toBe(workshop.snapshotPath("s1", "two"));
    expect(existsSync(join(pointer, "dists/stable/InRelease"))).toBe(true);
    expect(existsSync(join(workshop.dir, "two", "current"))).toBe(false);

    await workshop.release("2", "s2", ["two"]);
    await workshop.succeed("snapshot", "prune", "--keep-last", "1");
    await workshop.succeed("snapshot", "stage", "two", "s2");
    await workshop.succeed("snapshot", "promote", "two", "--to", pointer);
    expect(workshop.shows(join(workshop.root, "web", "two", ".prod.previous"))).toBe("s1");
    const held = await workshop.tell("snapshot", "delete", "two", "s1");
    expect(held).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_IN_USE" });
    await workshop.succeed("snapshot", "rollback", "two");
    expect(workshop.shows(pointer)).toBe("s1");
    expect(workshop.shows(join(workshop.root, "web", "one", "prod"))).toBe("s1");
    const { document } = await workshop.succeed("snapshot", "list", "two");
    expect(document.mirrors[0].snapshots).toMatchObject([
      { name: "s2", shownBy: ["staging"] },
      { name: "s1", shownBy: ["production"] },
    ]);
  });

  test("the links of the root show production where root_shows says so", async () => {
    const workshop = await openWorkshop(["1"], { demo: 'root_shows = "current"' });
    const root = join(workshop.dir, "demo");
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    expect(readlinkSync(join(root, "dists"))).toBe("current/dists");
    await workshop.release("2");
    const inRelease = () => readFileSync(join(root, "dists/stable/InRelease"), "utf8");
    const old = inRelease();
    expect(readFileSync(join(root, "latest/dists/stable/InRelease"), "utf8")).not.toBe(old);
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    expect(inRelease()).not.toBe(old);
    await workshop.succeed("snapshot", "rollback", "demo");
    expect(inRelease()).toBe(old);
    expect(readlinkSync(join(root, "pool"))).toBe("current/pool");
  });
});

/** Every verb that changes something, in an order in which each finds what it needs. */
const WRITING = [
  "snapshot create demo s3",
  "snapshot create demo s0 --force",
  "snapshot create demo s4 --stage",
  "snapshot stage demo s9",
  "snapshot promote demo",
  "snapshot publish demo s1",
  "snapshot rollback demo",
  "snapshot protect demo s1",
  "snapshot unprotect demo s1",
  "snapshot delete demo s0",
  "snapshot delete demo s2 --force",
  "snapshot prune demo --keep-last 0",
];

/** `s0` is shown by nothing, `s1` was in production, `s2` is; `s3` is taken, and staged. */
async function openBusy(): Promise<Workshop> {
  const workshop = await openWorkshop(["0", "1", "2", "9"]);
  for (const name of ["s1", "s2"]) {
    await workshop.succeed("snapshot", "stage", "demo", name);
    await workshop.succeed("snapshot", "promote", "demo");
  }
  await workshop.succeed("snapshot", "stage", "demo", "s9");
  return workshop;
}

describe("every verb that writes", () => {
  test("changes nothing with --dry-run", async () => {
    const workshop = await openBusy();
    const before = await fingerprintTree(workshop.root);
    for (const line of WRITING) {
      const { status, stderr } = await workshop.run(...line.split(" "), "--dry-run");
      expect([line, status, stderr]).toEqual([line, 0, expect.stringMatching(/would|keeps/i)]);
      const { document } = await workshop.tell(...line.split(" "), "--dry-run");
      expect([line, document.dryRun]).toEqual([line, true]);
      expect([line, await fingerprintTree(workshop.root)]).toEqual([line, before]);
    }
  });

  test("prints nothing on success with -q", async () => {
    const workshop = await openBusy();
    for (const line of WRITING) {
      const done = await workshop.run(...line.split(" "), "-q");
      expect([line, done]).toEqual([line, { status: 0, stdout: "", stderr: "" }]);
    }
  });

  test("does not wait for a lock, says who holds it, and waits with --wait", async () => {
    const workshop = await openBusy();
    const collection = openStore({ dir: workshop.dir }).collection("demo");
    const lock = () => collection.lock("store", { command: "something", since: new Date() });
    const held = await lock();
    for (const line of WRITING) {
      const told = await workshop.tell(...line.split(" "));
      expect([line, told.status, told.code]).toEqual([line, 1, "ERR_SNAPSHOT_LOCKED"]);
      expect(told.stderr).toContain(String(process.pid));
      expect(told.hint).toContain("--wait");
    }
    held.release();
    for (const line of WRITING) {
      const other = await lock();
      const words = [...line.split(" "), "--wait", "-c", workshop.config];
      const { status, stderr } = await mirrorctl(words, {
        onError: (text) => void (text.includes("Waiting: ") && other.release()),
      });
      expect([line, status, stderr]).toEqual([line, 0, expect.stringContaining("Waiting: ")]);
    }
  });
});

const EVIL = "a\u001b[2J\u202eb\nc";
const EVIL_WORDS = [
  ["snapshot", "create", "demo", EVIL],
  ["snapshot", "stage", "demo", EVIL],
  ["snapshot", "stage", "demo", "s1", "--env", EVIL],
  ["snapshot", "stage", EVIL, "s1"],
  ["snapshot", "promote", "demo", EVIL],
  ["snapshot", "promote", "demo", "--to", EVIL],
  ["snapshot", "publish", "demo", EVIL],
  ["snapshot", "rollback", "demo", "--to", EVIL],
  ["snapshot", "delete", "demo", EVIL],
  ["snapshot", "protect", "demo", EVIL],
  ["snapshot", "diff", "demo", EVIL],
  ["snapshot", "verify", "demo", EVIL],
  ["snapshot", "prune", "--keep-last", EVIL],
  ["history", "demo", "--at", EVIL],
  ["remove", EVIL],
  ["generate", "sudoers", "--group", EVIL],
  ["generate", "apt-source", "--base-url", EVIL],
  ["generate", "apt-source", "--snapshot", EVIL],
];

test("names with control characters are refused on one escaped line", async () => {
  const workshop = await openWorkshop(["1"]);
  for (const words of EVIL_WORDS) {
    for (const more of [[], ["--verbose-errors"], ["--json"], ["--dry-run"]]) {
      const { status, stdout, stderr } = await workshop.run(...words, ...more);
      expect([words, more, status]).toEqual([words, more, 1]);
      expect(stdout + stderr).not.toContain("\u001b");
      expect(stderr).not.toContain("\u202e");
      expect(stderr).not.toMatch(/^c/m);
    }
  }
});

/** Runs the built command, as a user that may be another one. */
function start(words: readonly string[], uid?: number) {
  const child = spawn(process.execPath, [BUNDLE, ...words], {
    cwd: "/",
    env: { PATH: process.env.PATH },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return {
    child,
    ended: ended.then(([stdout, stderr, [status]]) => ({ stdout, stderr, status })),
  };
}

test("nothing but a new sync waits for a sync of another process", async () => {
  const workshop = await openBusy();
  await workshop.repository.publish({
    suites: { stable: { add: [{ package: "more", version: "1" }] } },
  });
  const asked = new Promise<void>((resolve) => {
    const respond = () => resolve();
    workshop.server.fault(/more_1_amd64\.deb$/, { kind: "respond", respond });
  });
  const { child, ended } = start(["sync", "-c", workshop.config]);
  await asked;
  const busy = await workshop.tell("sync");
  expect(busy).toMatchObject({ status: 1, code: "ERR_SNAPSHOT_LOCKED" });
  for (const line of WRITING)
    expect(await workshop.tell(...line.split(" "))).toMatchObject({ status: 0 });
  expect(child.exitCode).toBeNull();
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ status: 143 });
});

const isRoot = process.getuid?.() === 0;
if (!isRoot && process.env.CI) throw new Error("needs root");

describe.skipIf(!isRoot)(`another user${isRoot ? "" : " (skipped: needs root)"}`, () => {
  /** One without an entry in the list of users. */
  const NOBODY = 4242;

  test("is told whom to become by every verb that writes, and may look and try", async () => {
    const workshop = await openBusy();
    const flags = ["--json", "-c", workshop.config];
    const before = await fingerprintTree(workshop.root);
    const codes = await Promise.all(
      WRITING.map(async (line) => {
        const { status, stdout, stderr } = await start([...line.split(" "), ...flags], NOBODY)
          .ended;
        expect([line, stderr]).toEqual([
          line,
          expect.stringContaining("sudo -u root mirrorctl snapshot"),
        ]);
        return [line, status, JSON.parse(stdout).error.code];
      }),
    );
    expect(codes).toEqual(WRITING.map((line) => [line, 1, "ERR_CLI_NOT_OWNER"]));
    for (const line of ["snapshot list", "snapshot diff demo", "snapshot verify demo"]) {
      const { status, stderr } = await start([...line.split(" "), ...flags], NOBODY).ended;
      expect([line, status, stderr]).toEqual([line, 0, expect.anything()]);
    }
    expect(await fingerprintTree(workshop.root)).toEqual(before);
  });

  test("owns what root makes where the directory is theirs", async () => {
    const workshop = await openBusy();
    for (const path of ["", ...readdirSync(workshop.dir, { recursive: true }).map(String)]) {
      lchownSync(join(workshop.dir, path), NOBODY, NOBODY);
    }
    for (const line of WRITING) {
      const { status, stderr } = await start([...line.split(" "), "-c", workshop.config]).ended;
      expect([line, status, stderr]).toEqual([line, 0, expect.anything()]);
    }
    const owners = readdirSync(workshop.dir, { recursive: true })
      .map((name) => lstatSync(join(workshop.dir, String(name))))
      .map(({ uid, gid }) => `${uid}:${gid}`);
    expect(new Set(owners)).toEqual(new Set([`${NOBODY}:${NOBODY}`]));
  });
});
