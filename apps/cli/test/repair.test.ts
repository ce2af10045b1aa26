import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { openStore } from "@mirror/snapshot";
import { aptClient, createKey, describeNeeds, fingerprintTree, judgeMirror } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { DAMAGES, rot, wrongBySha256sum } from "./damage.js";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const HELLO = "pool/main/h/hello/hello_1_amd64.deb";
const SUITE = "dists/stable";
const PACKAGES = `${SUITE}/main/binary-amd64/Packages.gz`;
/** What the workshop's upstream has besides. */
const WORLD = { package: "world", version: "2.0", architecture: "all" };
const ONE_OF_EACH = [HELLO, PACKAGES, `${SUITE}/InRelease`];

const latest = ({ dir }: Workshop, id = "demo") => realpathSync(join(dir, id, "latest"));
const treesOf = (workshop: Workshop, ids = ["demo"]) =>
  ids.flatMap((id) => [latest(workshop, id), workshop.snapshotPath("s1", id)]);
const inode = (path: string) => lstatSync(path).ino;

const judge = (workshop: Workshop, tree: string) =>
  judgeMirror(tree, {
    keyring: readFileSync(workshop.keyring),
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });

/** Production shows a snapshot of what `latest` shows. */
async function openProduction(mirrors: Readonly<Record<string, string>> = { demo: "" }) {
  const workshop = await openWorkshop(["1"], mirrors);
  for (const id of Object.keys(mirrors)) await workshop.succeed("snapshot", "publish", id, "s1");
  return workshop;
}

/** A file of trees becomes another inode of other bytes, so that its other names keep theirs. */
function replaceIn(trees: readonly string[], path: string): void {
  for (const tree of trees) {
    writeFileSync(join(tree, `${path}.new`), "damaged");
    renameSync(join(tree, `${path}.new`), join(tree, path));
  }
}

/** What another user cannot read of a tree, by find. */
function closedByFind(tree: string): string[] {
  const files = ["-type", "f", "!", "-perm", "-0644"];
  const directories = ["-type", "d", "!", "-perm", "-0755"];
  const told = execFileSync("find", [tree, "(", ...files, ")", "-o", "(", ...directories, ")"]);
  return told.toString().split("\n").slice(0, -1);
}

/** What the repair of the first mirror says of each content. */
// biome-ignore lint/suspicious/noExplicitAny: a document is examined, never relied on.
const contentsOf = (told: { document: any }) => told.document.mirrors[0].repair.contents;

describe("verify", () => {
  test("hashes the working mirror, and snapshots if wanted", async () => {
    const workshop = await openProduction();
    const { document } = await workshop.succeed("verify");
    expect(document.mirrors[0].trees).toMatchObject([
      { name: "latest", level: "full", problems: [], warnings: [] },
    ]);
    replaceIn([workshop.snapshotPath("s1")], HELLO);
    await workshop.succeed("verify");
    const told = await workshop.tell("verify", "demo", "--snapshots");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.hint).toContain("mirrorctl verify demo --snapshots --repair");
    expect(told.document.mirrors[0].trees).toMatchObject([
      { name: "latest", problems: [] },
      { name: "s1", problems: [{ code: "ERR_SYNC_TREE_WRONG_SIZE", path: HELLO }] },
    ]);
  });

  test.each(Object.keys(DAMAGES))("finds a file that is %s", async (damage) => {
    const workshop = await openProduction();
    DAMAGES[damage]?.(join(latest(workshop), HELLO), workshop.keyring);
    const told = await workshop.tell("verify");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.document.mirrors[0].trees[0].problems).toMatchObject([{ path: HELLO }]);
    expect(told.hint).toContain("mirrorctl verify demo --repair");
  });

  test("tells of files that are not in the manifest, and fails for none of them", async () => {
    const workshop = await openProduction();
    writeFileSync(join(latest(workshop), "pool/mine"), "mine");
    const { document } = await workshop.succeed("verify");
    expect(document.mirrors[0].trees[0].warnings).toMatchObject([
      { code: "WARN_SYNC_EXTRA_FILE", path: "pool/mine" },
    ]);
  });

  test("takes no lock and writes nothing", async () => {
    const workshop = await openProduction();
    const collection = openStore({ dir: workshop.dir }).collection("demo");
    const holder = { command: "test", since: new Date() };
    for (const kind of ["sync", "store"] as const) {
      const lock = await collection.lock(kind, holder);
      onTestFinished(() => lock.release());
    }
    const fingerprint = () => fingerprintTree(workshop.dir, { content: true });
    const before = await fingerprint();
    await workshop.succeed("verify", "--snapshots");
    expect(await fingerprint()).toEqual(before);
    rot(join(latest(workshop), HELLO));
    const rotten = await fingerprint();
    expect((await workshop.run("verify", "--snapshots")).status).toBe(1);
    expect((await workshop.run("verify", "--snapshots", "--repair", "--dry-run")).status).toBe(1);
    expect(await fingerprint()).toEqual(rotten);
    expect(rotten).not.toEqual(before);
  });

  test("says how to go on without a manifest", async () => {
    const workshop = await openProduction();
    writeFileSync(join(dirname(latest(workshop)), `.${basename(latest(workshop))}.manifest`), "{}");
    const told = await workshop.tell("verify", "--repair");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.hint).toContain("remove the link and sync again");
    rmSync(join(workshop.dir, "demo/latest"));
    await workshop.succeed("sync");
    await workshop.succeed("verify");
  });

  test("passes over a snapshot that is deleted meanwhile", async () => {
    const workshop = await openWorkshop(["1"]);
    const collection = openStore({ dir: workshop.dir }).collection("demo");
    const onError = (text: string) => {
      if (text.includes("Verified latest") && collection.snapshot("s1"))
        collection.removeSnapshot("s1");
    };
    const argv = ["verify", "--snapshots", "-c", workshop.config];
    const { status, stderr } = await mirrorctl(argv, { onError });
    expect(stderr).toContain("s1 was deleted meanwhile");
    expect(status).toBe(0);
  });

  test("fails for a mirror that shows nothing, and does the others", async () => {
    const workshop = await openWorkshop();
    await workshop.configure({ empty: "", demo: "" });
    await workshop.succeed("sync", "demo");
    const { status, document } = await workshop.tell("verify");
    expect(status).toBe(1);
    expect(document.mirrors).toMatchObject([
      { id: "empty", ok: false, error: { code: "ERR_CLI_NOTHING_SHOWN" } },
      { id: "demo", ok: true },
    ]);
  });

  test.each([["verify"], ["snapshot", "verify", "demo"]])(
    "says how far it is: %s %s",
    async (...words) => {
      const workshop = await openProduction();
      let moment = Date.now();
      const now = () => {
        moment += 11_000;
        return new Date(moment);
      };
      const argv = [...words, "-c", workshop.config];
      const { stderr } = await mirrorctl(argv, { now, env: { MIRRORCTL_LOG_FORMAT: "json" } });
      const lines = stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const progress = lines.filter(({ msg }) => msg.startsWith("Progress: "));
      expect(progress.length).toBeGreaterThan(0);
      const { files, bytes } = progress.at(-1).work;
      expect(progress.at(-1)).toMatchObject({
        done: { files, bytes },
        tree: words[0] === "verify" ? "latest" : "s1",
      });
      expect(progress.at(-1).bytesPerSecond).toBeGreaterThan(0);
    },
  );
});

describe("verify --repair", () => {
  test("mends what rots in all trees that share it, of all mirrors, from upstream", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    const trees = treesOf(workshop, ["demo", "other"]);
    const names = trees.map((tree) => join(tree, HELLO));
    expect(new Set(names.map(inode)).size).toBe(1);
    rot(names[0] ?? "");
    for (const tree of trees) expect(wrongBySha256sum(tree)).toEqual([HELLO]);
    const before = lstatSync(names[0] ?? "");
    const others = ONE_OF_EACH.slice(1).map((path) => inode(join(trees[0] ?? "", path)));

    const told = await workshop.succeed("verify", "demo", "--repair");
    expect(contentsOf(told)).toMatchObject([{ path: HELLO, from: { kind: "upstream" } }]);
    expect(contentsOf(told)[0].names).toMatchObject(
      [
        { id: "demo", outcome: "mended", by: "link" },
        { id: "demo", tree: "s1", outcome: "mended", by: "link" },
        { id: "other", outcome: "mended", by: "link" },
        { id: "other", tree: "s1", outcome: "mended", by: "link" },
      ].map((name) => expect.objectContaining(name)),
    );
    for (const tree of trees) {
      expect(wrongBySha256sum(tree)).toEqual([]);
      expect(await judge(workshop, tree)).toMatchObject({ violations: [], extra: [] });
    }
    expect((await judge(workshop, join(workshop.dir, "demo/current"))).violations).toEqual([]);
    const [after, ...rest] = names.map((name) => lstatSync(name));
    expect([after?.mtimeMs, after?.mode, after?.nlink]).toEqual([before.mtimeMs, before.mode, 4]);
    expect(after?.ino).not.toBe(before.ino);
    for (const { ino } of rest) expect(ino).toBe(after?.ino);
    // What was not damaged was not touched.
    expect(ONE_OF_EACH.slice(1).map((path) => inode(join(trees[0] ?? "", path)))).toEqual(others);
    expect(readdirSync(join(workshop.dir, ".mirrorctl/partial/demo"))).toEqual([]);
    await workshop.succeed("verify", "--snapshots");

    for (const id of ["demo", "other"]) {
      const { document } = await workshop.succeed("history", id);
      expect(document.mirrors[0].entries.at(-1)).toMatchObject({
        kind: "repair",
        command: "verify --repair",
        note: { files: 2 },
      });
    }
  });

  describe.each(ONE_OF_EACH)("puts %s in its place again", (path) => {
    test.each(Object.keys(DAMAGES))("where it is %s", async (damage) => {
      const workshop = await openProduction();
      const outside = join(workshop.root, "outside");
      writeFileSync(outside, "outside");
      for (const tree of treesOf(workshop)) {
        // Once it is another inode in the one tree, the other one is damaged by itself.
        const place = join(tree, path);
        if (lstatSync(place).size > 7) DAMAGES[damage]?.(place, outside);
        if (damage.startsWith("rotten") || damage === "longer") break;
      }
      const damaged = treesOf(workshop).map(wrongBySha256sum);
      for (const wrong of damaged) expect(wrong).toContain(path);
      await workshop.succeed("verify", "--repair");
      for (const tree of treesOf(workshop)) {
        expect(wrongBySha256sum(tree)).toEqual([]);
        expect((await judge(workshop, tree)).violations).toEqual([]);
        expect(lstatSync(join(tree, path)).isFile()).toBe(true);
      }
      expect(readFileSync(outside, "utf8")).toBe("outside");
      const aside = readdirSync(dirname(join(latest(workshop), path))).filter((name) =>
        name.endsWith(".replaced"),
      );
      expect(aside).toHaveLength(damage.startsWith("a directory") ? 1 : 0);
      const { document } = await workshop.succeed("verify", "--snapshots");
      const codes = document.mirrors[0].trees[0].warnings.map(({ code }: { code: string }) => code);
      expect(codes).toEqual(aside.map(() => "WARN_SYNC_EXTRA_FILE"));
    });
  });

  test("opens files and directories to clients again, and asks nobody", async () => {
    const workshop = await openProduction();
    const [tree = "", snapshot = ""] = treesOf(workshop);
    const outside = join(workshop.root, "outside.deb");
    linkSync(join(tree, HELLO), outside);
    execFileSync("chmod", ["-R", "go-rwx", tree]);
    chmodSync(dirname(join(snapshot, HELLO)), 0o700);
    expect(closedByFind(tree)).toContain(join(tree, HELLO));
    expect(closedByFind(snapshot)).toContain(join(snapshot, HELLO));

    const found = await workshop.tell("verify", "--snapshots");
    expect(found).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    const { problems } = found.document.mirrors[0].trees[0];
    const hello = { code: "ERR_SYNC_TREE_UNREADABLE", path: HELLO, found: "0600" };
    expect(problems).toContainEqual(expect.objectContaining(hello));
    expect(problems).toContainEqual(expect.objectContaining({ path: "pool", found: "0700" }));
    const refused = await workshop.tell("snapshot", "publish", "demo", "s1");
    expect(refused).toMatchObject({ status: 1, code: "ERR_CLI_GATE_REFUSED" });

    rmSync(join(workshop.repository.directory, HELLO));
    const asked = workshop.server.requests.length;
    await workshop.succeed("verify", "--snapshots", "--repair");
    expect(workshop.server.requests.length).toBe(asked);
    for (const mended of [tree, snapshot]) {
      expect(closedByFind(mended)).toEqual([]);
      expect(wrongBySha256sum(mended)).toEqual([]);
      expect((await judge(workshop, mended)).violations).toEqual([]);
    }
    expect(inode(join(tree, HELLO))).toBe(inode(join(snapshot, HELLO)));
    // A name that is not ours keeps what it had.
    expect(lstatSync(outside).mode & 0o777).toBe(0o600);
  });

  test("opens a directory of which every file is as it must be", async () => {
    const workshop = await openProduction();
    const tree = latest(workshop);
    const before = inode(join(tree, HELLO));
    for (const path of ["", "pool", dirname(PACKAGES)]) chmodSync(join(tree, path), 0o700);
    const told = await workshop.succeed("verify", "--repair");
    expect(told.document.mirrors[0].trees[0].problems).toHaveLength(3);
    expect(closedByFind(tree)).toEqual([]);
    expect(inode(join(tree, HELLO))).toBe(before);
    await workshop.succeed("verify", "--snapshots");
  });

  test("makes directories again that are gone with all that they held", async () => {
    const workshop = await openProduction();
    for (const tree of treesOf(workshop)) rmSync(join(tree, "pool"), { recursive: true });
    rmSync(join(latest(workshop), SUITE), { recursive: true });
    await workshop.succeed("verify", "--snapshots", "--repair");
    for (const tree of treesOf(workshop)) {
      expect(wrongBySha256sum(tree)).toEqual([]);
      expect((await judge(workshop, tree)).violations).toEqual([]);
    }
    const [one, two] = treesOf(workshop).map((tree) => inode(join(tree, HELLO)));
    expect(one).toBe(two);
  });

  test("takes what upstream has lost from a tree that has it, and asks nobody", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    replaceIn(treesOf(workshop), HELLO);
    rmSync(join(workshop.repository.directory, HELLO));
    const asked = workshop.server.requests.length;
    const told = await workshop.succeed("verify", "demo", "--snapshots", "--repair");
    expect(contentsOf(told)).toMatchObject([
      { path: HELLO, from: { kind: "tree", id: "other", path: HELLO } },
    ]);
    expect(workshop.server.requests.length).toBe(asked);
    for (const tree of treesOf(workshop, ["demo", "other"])) {
      expect(wrongBySha256sum(tree)).toEqual([]);
      expect(inode(join(tree, HELLO))).toBe(inode(join(latest(workshop, "other"), HELLO)));
    }
  });

  test("takes what an earlier run had fetched, which nobody has any more", async () => {
    const workshop = await openProduction();
    const trees = treesOf(workshop);
    const right = readFileSync(join(trees[0] ?? "", HELLO));
    for (const tree of trees) rmSync(join(tree, HELLO));
    const sha256 = createHash("sha256").update(right).digest("hex");
    const fetched = join(workshop.dir, ".mirrorctl/partial/demo", sha256);
    writeFileSync(fetched, right);
    workshop.server.fault(HELLO, { kind: "status", status: 404 });
    await workshop.succeed("verify", "--snapshots", "--repair");
    for (const tree of trees) expect(readFileSync(join(tree, HELLO)).equals(right)).toBe(true);
    expect(existsSync(fetched)).toBe(false);
  });

  test("takes the bytes of no file that is damaged itself", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    replaceIn(treesOf(workshop), HELLO);
    rot(join(latest(workshop, "other"), HELLO));
    const told = await workshop.succeed("verify", "demo", "--repair");
    expect(contentsOf(told)).toMatchObject([{ from: { kind: "upstream" } }]);
    for (const tree of treesOf(workshop, ["demo", "other"]))
      expect(wrongBySha256sum(tree)).toEqual([]);
  });

  test("fails for no mirror whose trees the repair of another one has mended since", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    rot(join(latest(workshop), HELLO));
    workshop.server.fault(HELLO, { kind: "status", status: 404 }, "once");
    const { document, stderr } = await workshop.succeed("verify", "--snapshots", "--repair");
    const whole = { remaining: [] };
    expect(document.mirrors).toMatchObject([
      {
        id: "demo",
        ok: true,
        trees: [whole, whole],
        repair: { contents: [{ error: { code: "ERR_SYNC_CONTENT_LOST" } }] },
      },
      { id: "other", ok: true, repair: { contents: [{ from: { kind: "upstream" } }] } },
    ]);
    expect(stderr).not.toContain("ERR_");
    for (const tree of treesOf(workshop, ["demo", "other"]))
      expect(wrongBySha256sum(tree)).toEqual([]);
  });

  test("fails for each mirror of which something is left, and says of what in the end", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    rot(join(latest(workshop), HELLO));
    rmSync(join(workshop.repository.directory, HELLO));
    const { status, document } = await workshop.tell("verify", "--repair");
    expect(status).toBe(1);
    const lost = { code: "ERR_CLI_DAMAGED", problems: [{ code: "ERR_SYNC_CONTENT_LOST" }] };
    expect(document.mirrors).toMatchObject([
      { id: "demo", ok: false, error: lost },
      { id: "other", ok: false, error: lost },
    ]);
  });

  test("gets an index by its hash once its name means another one", async () => {
    const workshop = await openProduction();
    const old = readFileSync(join(workshop.repository.directory, PACKAGES));
    const byHash = readdirSync(join(latest(workshop), dirname(PACKAGES), "by-hash/SHA256"));
    await workshop.repository.publish({
      suites: { stable: { packages: [{ package: "hello", version: "2" }, WORLD] } },
    });
    expect(readFileSync(join(workshop.repository.directory, PACKAGES))).not.toEqual(old);
    rot(join(latest(workshop), PACKAGES));
    const told = await workshop.succeed("verify", "--repair");
    const [{ from }] = contentsOf(told);
    expect(from.kind).toBe("upstream");
    expect(byHash.some((name) => from.paths[0].endsWith(`/by-hash/SHA256/${name}`))).toBe(true);
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
  });

  test("names what nobody has any more, with the snapshots, and mends the rest", async () => {
    const workshop = await openProduction();
    await workshop.repository.publish({
      suites: { stable: { packages: [{ package: "hello", version: "2" }, WORLD] } },
    });
    rmSync(join(workshop.repository.directory, HELLO), { force: true });
    for (const path of [HELLO, `${SUITE}/InRelease`]) rot(join(latest(workshop), path));
    rmSync(join(latest(workshop), PACKAGES));
    const told = await workshop.tell("verify", "--repair");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.hint).toContain("sync MIRROR --force");
    const { error } = told.document.mirrors[0];
    expect(error.problems).toMatchObject([
      { code: "ERR_SYNC_CONTENT_LOST", message: expect.stringMatching(/latest, s1/) },
      { code: "ERR_SYNC_CONTENT_LOST", message: expect.stringMatching(/latest, s1/) },
    ]);
    expect(contentsOf(told).map(({ path }: { path: string }) => path)).toEqual([
      `${SUITE}/InRelease`,
      PACKAGES,
      HELLO,
    ]);
    expect(wrongBySha256sum(latest(workshop)).toSorted()).toEqual([`${SUITE}/InRelease`, HELLO]);

    // The way out: a new tree has nothing of what is damaged, although it looks as it did.
    await workshop.succeed("sync", "--force");
    await workshop.succeed("verify");
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
    expect((await judge(workshop, latest(workshop))).violations).toEqual([]);
    expect((await workshop.tell("verify", "--snapshots")).status).toBe(1);
  });

  test("lets a sync use no file again that was found damaged, also one that upstream lists still", async () => {
    const workshop = await openProduction();
    rot(join(latest(workshop), HELLO));
    const fault = workshop.server.fault(HELLO, { kind: "status", status: 404 });
    expect(await workshop.tell("verify", "--repair")).toMatchObject({ status: 1 });
    fault.remove();
    await workshop.succeed("sync", "--force");
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
    await workshop.succeed("verify", "--snapshots", "--repair");
    expect(wrongBySha256sum(workshop.snapshotPath("s1"))).toEqual([]);
  });

  test("follows no symlink in the place of a directory, and says what to do", async () => {
    const workshop = await openProduction();
    const outside = join(workshop.root, "outside");
    for (const tree of treesOf(workshop)) {
      if (!existsSync(outside)) renameSync(join(tree, "pool/main/h"), outside);
      else rmSync(join(tree, "pool/main/h"), { recursive: true });
      symlinkSync(outside, join(tree, "pool/main/h"));
    }
    const before = await fingerprintTree(outside);
    for (const flags of [["--dry-run"], []]) {
      const told = await workshop.tell("verify", "--repair", ...flags);
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
      const left = contentsOf(told)[0].names;
      expect(left).toMatchObject(
        left.map(() => ({ outcome: "left", error: { code: "ERR_SNAPSHOT_FOREIGN_ENTRY" } })),
      );
    }
    expect(await fingerprintTree(outside)).toEqual(before);
    expect(readlinkSync(join(latest(workshop), "pool/main/h"))).toBe(outside);
    for (const tree of treesOf(workshop)) rmSync(join(tree, "pool/main/h"));
    await workshop.succeed("verify", "--repair");
    for (const tree of treesOf(workshop)) expect(wrongBySha256sum(tree)).toEqual([]);
  });

  test("gets what upstream signed beside what the mirror signs, and that from its trees alone", async () => {
    const workshop = await openWorkshop();
    const own = await createKey({ userId: "Our Mirror <mirror@example.org>" });
    const key = join(workshop.root, "mirror.key");
    writeFileSync(key, own.armoredPrivate, { mode: 0o600 });
    const filters = 'filters.include_patterns = ["^hello$"]';
    await workshop.configure({ demo: `${filters}\nsign.key_path = "${key}"` });
    await workshop.release("1");
    const [tree = "", snapshot = ""] = treesOf(workshop);
    const original = readdirSync(join(tree, SUITE, "upstream/sha256"))
      .filter((name) => name !== "by-hash")
      .map((name) => `${SUITE}/upstream/sha256/${name}`);
    const theirs = [`${SUITE}/upstream/InRelease`, ...original];
    expect(theirs.length).toBeGreaterThan(1);
    for (const path of theirs) rot(join(tree, path));
    rmSync(key);
    const asked = await workshop.succeed("verify", "--snapshots", "--repair");
    const kind = (from: string) => ({ from: { kind: from } });
    expect(contentsOf(asked)).toMatchObject(theirs.map(() => kind("upstream")));

    for (const path of [PACKAGES, `${SUITE}/InRelease`]) replaceIn([tree], path);
    const here = await workshop.succeed("verify", "--repair");
    expect(contentsOf(here)).toMatchObject([kind("tree"), kind("tree")]);
    for (const one of [tree, snapshot]) expect(wrongBySha256sum(one)).toEqual([]);
    rot(join(tree, `${SUITE}/InRelease`));
    const lost = await workshop.tell("verify", "--repair");
    expect(lost.document.mirrors[0].error.problems).toMatchObject([
      { code: "ERR_SYNC_CONTENT_LOST" },
    ]);
  });

  test("says with --dry-run what it would take from where", async () => {
    const workshop = await openProduction();
    replaceIn([latest(workshop)], HELLO);
    for (const path of [`${SUITE}/InRelease`]) rot(join(latest(workshop), path));
    const told = await workshop.tell("verify", "--repair", "--dry-run");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(contentsOf(told)).toMatchObject([
      {
        path: `${SUITE}/InRelease`,
        from: { kind: "upstream", paths: [`${SUITE}/InRelease`] },
        names: [{ outcome: "planned" }, { tree: "s1", outcome: "planned" }],
      },
      {
        path: HELLO,
        from: { kind: "tree", id: "demo", tree: "s1" },
        names: [{ outcome: "planned" }],
      },
    ]);
    expect(told.document.dryRun).toBe(true);
  });

  test("mends nothing of a mirror that is being synced, and of others what it can", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    rot(join(latest(workshop), HELLO));
    const store = openStore({ dir: workshop.dir });
    const holder = { command: "sync", since: new Date() };
    const own = await store.collection("demo").lock("sync", holder);
    expect(await workshop.tell("verify", "demo", "--repair")).toMatchObject({
      status: 1,
      code: "ERR_SNAPSHOT_LOCKED",
    });
    own.release();
    const others = await store.collection("other").lock("sync", holder);
    const told = await workshop.tell("verify", "demo", "--repair");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.hint).toContain("--wait");
    others.release();
    for (const tree of treesOf(workshop, ["demo"])) expect(wrongBySha256sum(tree)).toEqual([]);
    for (const tree of treesOf(workshop, ["other"]))
      expect(wrongBySha256sum(tree)).toEqual([HELLO]);
    await workshop.succeed("verify", "other", "--repair");
    for (const tree of treesOf(workshop, ["other"])) expect(wrongBySha256sum(tree)).toEqual([]);
  });

  test("finds what another repair has mended while it waited for the lock", async () => {
    const workshop = await openProduction();
    const names = treesOf(workshop).map((tree) => join(tree, HELLO));
    const right = readFileSync(names[0] ?? "");
    const { mtime } = lstatSync(names[0] ?? "");
    rot(names[0] ?? "");
    const holder = { command: "verify --repair", since: new Date() };
    const lock = await openStore({ dir: workshop.dir }).collection("demo").lock("sync", holder);
    const onError = (text: string) => {
      if (!text.includes("Waiting: ")) return;
      for (const name of names) {
        writeFileSync(`${name}.new`, right);
        utimesSync(`${name}.new`, mtime, mtime);
        renameSync(`${name}.new`, name);
      }
      lock.release();
    };
    const argv = ["verify", "--repair", "--wait", "--json", "-c", workshop.config];
    const { status, stdout } = await mirrorctl(argv, { onError });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).mirrors).toMatchObject([
      { ok: true, trees: [{ problems: [{ path: HELLO }], remaining: [] }] },
    ]);
  });

  test("says of the network what the network said", async () => {
    const workshop = await openProduction();
    await workshop.configure({ demo: 'retries = 0\ngive_up_after = "2s"' });
    rot(join(latest(workshop), HELLO));
    workshop.server.fault(HELLO, { kind: "status", status: 503 });
    const told = await workshop.tell("verify", "--repair");
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    expect(told.document.mirrors[0].error.problems).toMatchObject([
      { code: "ERR_FETCH_HTTP_STATUS" },
    ]);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["other bytes", (bytes) => Buffer.alloc(bytes.length, "x")],
    ["fewer", (bytes) => bytes.subarray(0, 7)],
    ["more", (bytes) => Buffer.concat([bytes, Buffer.alloc(1 << 20)])],
  ])("takes nothing from an upstream that has %s by now", async (_title, lie) => {
    const workshop = await openProduction();
    const theirs = join(workshop.repository.directory, HELLO);
    const right = readFileSync(theirs);
    rot(join(latest(workshop), HELLO));
    writeFileSync(theirs, lie(right));
    const told = await workshop.tell("verify", "--repair");
    expect(told.document.mirrors[0].error.problems).toMatchObject([
      { code: "ERR_SYNC_CONTENT_LOST" },
    ]);
    for (const tree of treesOf(workshop)) expect(wrongBySha256sum(tree)).toEqual([HELLO]);
    writeFileSync(theirs, right);
    await workshop.succeed("verify", "--repair");
    for (const tree of treesOf(workshop)) expect(wrongBySha256sum(tree)).toEqual([]);
    expect(readdirSync(join(workshop.dir, ".mirrorctl/partial/demo"))).toEqual([]);
  });

  test("begins anew where what it noted is garbage, and refuses a newer format by name", async () => {
    const workshop = await openProduction();
    rot(join(latest(workshop), HELLO));
    const fault = workshop.server.fault(HELLO, { kind: "status", status: 404 });
    expect((await workshop.run("verify", "--repair")).status).toBe(1);
    const states = join(workshop.dir, ".mirrorctl/state/demo");
    const [noted = ""] = readdirSync(states).filter((name) => name.includes("suspects"));
    expect(readFileSync(join(states, noted), "utf8")).toMatch(/"value":\["[0-9a-f]{64}"\]/);
    for (const garbage of [
      "",
      "{",
      "\0\0",
      '{"format":1,"value":{"a":1}}',
      '{"format":0,"value":[]}',
    ]) {
      writeFileSync(join(states, noted), garbage);
      const told = await workshop.tell("verify", "--repair");
      expect(told).toMatchObject({ status: 1, code: "ERR_CLI_DAMAGED" });
    }
    fault.remove();
    for (const verb of [
      ["verify", "--repair"],
      ["sync", "--force"],
    ]) {
      writeFileSync(join(states, noted), '{"format":99,"value":[]}');
      expect(await workshop.tell(...verb)).toMatchObject({
        status: 1,
        code: "ERR_SNAPSHOT_NEWER_FORMAT",
      });
    }
    rmSync(join(states, noted));
    await workshop.succeed("verify", "--repair");
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
  });

  test("keeps trees that nobody can read the manifest of out of it, and names them", async () => {
    const workshop = await openProduction();
    writeFileSync(join(dirname(workshop.snapshotPath("s1")), ".s1.manifest"), "garbage");
    rot(join(latest(workshop), HELLO));
    const told = await workshop.succeed("verify", "--repair");
    expect(told.document.mirrors[0].repair.unread).toEqual([{ id: "demo", tree: "s1" }]);
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
  });

  test("mends snapshots where they lie, also those of a mirror that is not configured", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    const elsewhere = join(workshop.root, "elsewhere");
    mkdirSync(elsewhere);
    await workshop.configure({ demo: `snapshot.path = "${elsewhere}"` });
    await workshop.succeed("snapshot", "create", "demo", "away");
    const trees = [...treesOf(workshop, ["demo", "other"]), join(elsewhere, "demo/away")];
    rot(join(latest(workshop), HELLO));
    for (const tree of trees) expect(wrongBySha256sum(tree)).toEqual([HELLO]);
    await workshop.succeed("verify", "--repair");
    // The link "snapshots" shows the new place alone.
    const [, s1, ...others] = trees;
    for (const tree of [latest(workshop), ...others]) expect(wrongBySha256sum(tree)).toEqual([]);
    expect(s1).toContain("/demo/s1");
  });
});

describeNeeds(describe, ["apt-get"], "after a repair, real clients", () => {
  test("download what was damaged from each pointer", async () => {
    const workshop = await openProduction();
    for (const path of ONE_OF_EACH) rot(join(latest(workshop), path));
    const download = async (name: string, pointer: string) => {
      const root = join(workshop.root, name);
      mkdirSync(root);
      const apt = await aptClient({
        root,
        sources: `deb copy:${workshop.dir}/demo/${pointer} stable main`,
        keyring: readFileSync(workshop.keyring),
      });
      const update = await apt.update();
      return update.exitCode === 0 ? (await apt.download("hello")).exitCode : update.exitCode;
    };
    expect(await download("before", "current")).not.toBe(0);
    await workshop.succeed("verify", "--repair");
    for (const pointer of ["latest", "current"]) expect(await download(pointer, pointer)).toBe(0);
  });
});

describe("a sync", () => {
  /** The files and trees, and whatever else, that a warning names. */
  const namedIn = ({ message }: { message: string }) => message.split(/[,;:]?\s/);

  /** What a sync sees without hashing: the size, the time or the kind is another one. */
  const seen: typeof DAMAGES = {
    ...Object.fromEntries(Object.entries(DAMAGES).filter(([, damage]) => damage !== rot)),
    emptied: (path) => truncateSync(path, 0),
    flipped(path) {
      rot(path);
      utimesSync(path, new Date(), new Date());
    },
    "below a symlink to elsewhere"(path, outside) {
      rmSync(dirname(path), { recursive: true });
      symlinkSync(dirname(outside), dirname(path));
    },
  };

  test.each(Object.keys(seen))(
    "mends in its tree what is %s, whatever file it is",
    async (damage) => {
      const workshop = await openWorkshop(["1"]);
      const outside = join(workshop.root, "outside/file");
      mkdirSync(dirname(outside));
      writeFileSync(outside, "outside");
      const before = await fingerprintTree(dirname(outside), { content: true });
      const whole = async () => {
        expect(wrongBySha256sum(latest(workshop))).toEqual([]);
        expect((await judge(workshop, latest(workshop))).violations).toEqual([]);
        expect(await fingerprintTree(dirname(outside), { content: true })).toEqual(before);
      };
      for (const path of ONE_OF_EACH) seen[damage]?.(join(latest(workshop), path), outside);
      await workshop.succeed("sync", "--force");
      await whole();
      for (const path of ONE_OF_EACH) seen[damage]?.(join(latest(workshop), path), outside);
      const packages = [
        { package: "hello", version: "1" },
        { package: "more", version: "1" },
        WORLD,
      ];
      await workshop.repository.publish({ suites: { stable: { packages } } });
      await workshop.succeed("sync");
      await whole();
    },
  );

  test.each(["truncated", "longer"])(
    "names the trees that share a file that is %s, which it fetches again",
    async (damage) => {
      const workshop = await openProduction();
      DAMAGES[damage]?.(join(latest(workshop), HELLO), "");
      const { document } = await workshop.succeed("sync", "--force");
      const warnings = document.mirrors[0].warnings.filter(
        ({ code }: { code: string }) => code === "WARN_SYNC_DAMAGED",
      );
      expect(warnings).toHaveLength(1);
      expect(namedIn(warnings[0])).toEqual(expect.arrayContaining([HELLO, "s1"]));
      expect(wrongBySha256sum(latest(workshop))).toEqual([]);
      expect(wrongBySha256sum(workshop.snapshotPath("s1"))).toEqual([HELLO]);
      await workshop.succeed("verify", "--snapshots", "--repair");
      expect(wrongBySha256sum(workshop.snapshotPath("s1"))).toEqual([]);
    },
  );

  test("names trees of other mirrors that share the damage, which the hint mends", async () => {
    const workshop = await openProduction({ demo: "", other: "" });
    DAMAGES.truncated?.(join(latest(workshop), HELLO), "");
    const { document } = await workshop.succeed("sync", "demo", "--force");
    const [warning] = document.mirrors[0].warnings;
    const others = [`other/${basename(latest(workshop, "other"))}`, "other/s1"];
    expect(namedIn(warning)).toEqual(expect.arrayContaining([HELLO, "s1", ...others]));
    await workshop.succeed("verify", "--snapshots", "--repair");
    for (const tree of treesOf(workshop, ["demo", "other"]))
      expect(wrongBySha256sum(tree)).toEqual([]);
  });

  test("takes what is gone from the working mirror alone from a snapshot, and names none", async () => {
    const workshop = await openProduction();
    rmSync(join(latest(workshop), HELLO));
    const { document } = await workshop.succeed("sync", "--force");
    const [warning] = document.mirrors[0].warnings;
    expect(warning).toMatchObject({ code: "WARN_SYNC_DAMAGED" });
    expect(namedIn(warning)).toContain(HELLO);
    expect(namedIn(warning)).not.toContain("s1");
    expect(wrongBySha256sum(latest(workshop))).toEqual([]);
  });
});
