import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  aptClient,
  createKey,
  describeNeeds,
  judgeMirror,
  nginx,
  type TestKey,
  temporaryDirectory,
} from "@mirror/testkit";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

let own: TestKey;
beforeAll(async () => {
  own = await createKey({ userId: "Our Mirror <mirror@example.org>" });
});

/** A mirror of `hello` alone that signs with a key of its own. */
async function openSigning(versions: readonly string[], more = ""): Promise<Workshop> {
  const workshop = await openWorkshop();
  const key = join(workshop.root, "mirror.key");
  writeFileSync(key, own.armoredPrivate, { mode: 0o600 });
  await workshop.configure({
    demo: `filters.include_patterns = ["^hello$"]\nsign.key_path = "${key}"\n${more}`,
  });
  for (const version of versions) await workshop.release(version);
  return workshop;
}

const judge = (tree: string) =>
  judgeMirror(tree, {
    keyring: own.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });

const dateOf = (tree: string) =>
  Date.parse(
    /^Date: (.*)$/m.exec(readFileSync(join(tree, "dists/stable/Release"), "utf8"))?.[1] ?? "",
  );

describe("a mirror that signs", () => {
  test("publishes what its key vouches for, and says so", async () => {
    const workshop = await openSigning([]);
    const { status, stderr } = await workshop.run("sync");
    expect(status).toBe(0);
    expect(stderr).toContain(`Release signed by own key 0x${own.fingerprint}`);
    expect(await judge(join(workshop.dir, "demo/latest"))).toMatchObject({
      violations: [],
      extra: [],
      files: 1,
    });
    const { document } = await workshop.succeed("sync");
    expect(document.mirrors[0]).toMatchObject({
      outcome: "unchanged",
      suites: [{ resigned: { by: own.fingerprint } }],
    });
  });

  test("passes its gate by the key in the tree, whatever key is configured since", async () => {
    const workshop = await openSigning(["1"]);
    await workshop.configure({ demo: "" });
    const { document } = await workshop.succeed("snapshot", "publish", "demo", "s1");
    expect(document.mirrors[0].gate.warnings ?? []).toEqual([]);
    expect((await workshop.succeed("snapshot", "verify", "demo")).status).toBe(0);
  });

  test("asks for the key only when something is to be signed", async () => {
    const workshop = await openSigning(["1"]);
    const key = join(workshop.root, "mirror.key");
    writeFileSync(key, "no key");
    expect(await workshop.tell("sync")).toMatchObject({
      status: 1,
      code: "ERR_VERIFY_BAD_SIGNING_KEY",
    });
    expect((await workshop.tell("sync", "--dry-run")).status).toBe(0);
    expect(await workshop.tell("check", "config")).toMatchObject({
      status: 1,
      code: "ERR_VERIFY_BAD_SIGNING_KEY",
    });
    const shown = readdirSync(join(workshop.dir, "demo/latest/dists/stable"));
    expect(shown).toContain("Release.key");
  });

  test("check config opens the key, and warns of files that others may read or change", async () => {
    const workshop = await openWorkshop();
    const key = join(workshop.root, "mirror.key");
    const passphrase = join(workshop.root, "mirror.passphrase");
    const sign = `sign = { key_path = "${key}", passphrase_file = "${passphrase}" }`;
    await workshop.configure({ demo: `filters.include_patterns = ["^hello$"]\n${sign}` });
    writeFileSync(key, own.armoredPrivate, { mode: 0o600 });
    writeFileSync(passphrase, "not asked for\n", { mode: 0o600 });
    const remarks = async (about: string): Promise<string[]> => {
      const { document } = await workshop.succeed("check", "config");
      const found = document.mirrors[0].remarks.map(({ message }: { message: string }) => message);
      return found.filter((text: string) => text.includes(about));
    };
    expect(await remarks("filters")).toEqual([]);
    expect(await remarks("0600")).toEqual([]);
    for (const mode of [0o644, 0o620]) {
      chmodSync(key, mode);
      expect(await remarks("0600")).toEqual([expect.stringContaining(`mode 0${mode.toString(8)}`)]);
    }
    chmodSync(passphrase, 0o604);
    expect(await remarks("0600")).toHaveLength(2);
    for (const path of [key, passphrase]) chmodSync(path, 0o611);
    expect(await remarks("0600")).toEqual([]);
  });
});

describe("rollback --reissue", () => {
  test("gives a Release a time of its own, also within one second", async () => {
    const workshop = await openSigning(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    const release = join(workshop.dir, "demo/current/dists/stable/InRelease");
    const before = statSync(release).mtime;
    const line = ["snapshot", "rollback", "demo", "--reissue", "-c", workshop.config];
    expect(await mirrorctl(line, { now: () => before })).toMatchObject({ status: 0 });
    expect(statSync(release).mtime).not.toEqual(before);
  });

  test("that was killed before the pointer moved leaves nothing once it is done again", async () => {
    const workshop = await openSigning(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    await workshop.succeed("snapshot", "create", "demo", "mine-reissued");
    const history = join(workshop.dir, ".mirrorctl/state/demo/history.jsonl");
    const before = readFileSync(history);
    await workshop.succeed("snapshot", "rollback", "demo", "--reissue");
    writeFileSync(history, before);
    rmSync(join(workshop.dir, "demo/current"));
    symlinkSync("../.mirrorctl/snapshots/demo/s2", join(workshop.dir, "demo/current"));
    await workshop.succeed("snapshot", "rollback", "demo", "--to", "s1", "--reissue");
    const names = readdirSync(join(workshop.dir, ".mirrorctl/snapshots/demo"));
    expect(names.filter((name) => !name.startsWith(".")).sort()).toEqual([
      "mine-reissued",
      "s1",
      "s1-reissued",
      "s2",
    ]);
    expect(workshop.shows("current")).toBe("s1-reissued");
  });

  test("shows the old packages under a newer Date, as a snapshot of its own", async () => {
    const workshop = await openSigning(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    const before = dateOf(workshop.snapshotPath("s2"));
    const { document } = await workshop.succeed("snapshot", "rollback", "demo", "--reissue");
    expect(document.mirrors[0]).toMatchObject({
      from: "s2",
      to: "s1-reissued",
      reissue: "s1",
      moved: true,
    });
    expect(workshop.shows("current")).toBe("s1-reissued");
    const tree = workshop.snapshotPath("s1-reissued");
    expect(dateOf(tree)).toBeGreaterThan(before);
    expect(await judge(tree)).toMatchObject({ violations: [], extra: [] });
    expect((await workshop.succeed("snapshot", "verify", "demo", "s1-reissued")).status).toBe(0);
    expect(readdirSync(join(workshop.dir, ".mirrorctl/trees/demo")).length).toBeLessThanOrEqual(4);
    // What was issued anew is not gone back to: that would be the same packages, and older.
    expect(await workshop.tell("snapshot", "rollback", "demo")).toMatchObject({
      code: "ERR_CLI_NOTHING_BEFORE",
    });
  });

  test("issues what is shown anew, after a rollback without it", async () => {
    const workshop = await openSigning(["1", "2"]);
    for (const name of ["s1", "s2"]) await workshop.succeed("snapshot", "publish", "demo", name);
    const { stderr } = await workshop.run("snapshot", "rollback", "demo");
    expect(stderr).toContain("mirrorctl snapshot rollback demo --to s1 --reissue");
    await workshop.succeed("snapshot", "rollback", "demo", "--to", "s1", "--reissue");
    expect(workshop.shows("current")).toBe("s1-reissued");
    const { document } = await workshop.succeed("snapshot", "list", "demo");
    const rejected = document.mirrors[0].snapshots
      .filter((snapshot: { rejected: boolean }) => snapshot.rejected)
      .map((snapshot: { name: string }) => snapshot.name);
    expect(rejected).toEqual(["s2"]);
  });

  test("is what the next sync signs after, so that clients follow what is promoted then", async () => {
    const workshop = await openSigning(["1", "2"]);
    for (const name of ["s1", "s2"]) await workshop.succeed("snapshot", "publish", "demo", name);
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    await workshop.succeed("snapshot", "rollback", "demo", "--reissue");
    const reissued = dateOf(workshop.snapshotPath("s1-reissued"));
    const { stderr } = await workshop.run("snapshot", "promote", "demo", "s2", "--force");
    expect(stderr).toMatch(/^WARN .*apt never goes back to an older Release/m);
    const { document } = await workshop.succeed("sync");
    expect(document.mirrors[0].outcome).toBe("changed");
    expect(dateOf(join(workshop.dir, "demo/latest"))).toBeGreaterThan(reissued);
    expect((await workshop.succeed("sync")).document.mirrors[0].outcome).toBe("unchanged");
  });

  test("moves no mirror unless all of them can be signed", async () => {
    const workshop = await openSigning([]);
    const [good, bad] = ["mirror.key", "bad.key"].map((name) => join(workshop.root, name));
    writeFileSync(bad ?? "", own.armoredPrivate, { mode: 0o600 });
    await workshop.configure({ one: `sign.key_path = "${good}"`, two: `sign.key_path = "${bad}"` });
    for (const version of ["1", "2"]) {
      await workshop.release(version, `s${version}`, ["one", "two"]);
      for (const id of ["one", "two"])
        await workshop.succeed("snapshot", "publish", id, `s${version}`);
    }
    writeFileSync(bad ?? "", "no key");
    const told = await workshop.tell("snapshot", "rollback", "*", "--reissue");
    expect(told).toMatchObject({ status: 1, code: "ERR_VERIFY_BAD_SIGNING_KEY" });
    expect([workshop.shows("current", "one"), workshop.shows("current", "two")]).toEqual([
      "s2",
      "s2",
    ]);
    const dry = await workshop.tell("snapshot", "rollback", "*", "--reissue", "--dry-run");
    expect(dry.status).toBe(1);
  });

  test("is refused where nobody but upstream can sign, and changes nothing", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    for (const name of ["s1", "s2"]) await workshop.succeed("snapshot", "publish", "demo", name);
    expect(await workshop.tell("snapshot", "rollback", "demo", "--reissue")).toMatchObject({
      status: 1,
      code: "ERR_CLI_NO_SIGNING_KEY",
    });
    const key = join(workshop.root, "mirror.key");
    writeFileSync(key, own.armoredPrivate, { mode: 0o600 });
    await workshop.configure({ demo: `sign.key_path = "${key}"` });
    expect(await workshop.tell("snapshot", "rollback", "demo", "--reissue")).toMatchObject({
      status: 1,
      code: "ERR_SYNC_NOT_RESIGNED",
    });
    expect(workshop.shows("current")).toBe("s2");
    const { document } = await workshop.succeed("snapshot", "list", "demo");
    expect(document.mirrors[0].snapshots).toMatchObject([
      { name: "s2", rejected: false },
      { name: "s1", rejected: false },
    ]);
  });
});

describeNeeds(describe, ["apt-get", "nginx"], "apt, of a mirror that signs", () => {
  test("follows each new version, and a rollback that was issued anew", async () => {
    const workshop = await openSigning(["1"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const place = await temporaryDirectory();
    onTestFinished(() => place.remove());
    const [root, client] = [join(place.path, "nginx"), join(place.path, "apt")];
    for (const path of [root, client]) mkdirSync(path);
    const web = await nginx({ root, directory: workshop.dir });
    onTestFinished(() => web.close());
    const apt = await aptClient({
      root: client,
      sources: `deb ${web.url}demo/current stable main\n`,
      keyring: own.binaryPublic,
    });
    const candidate = async () => {
      expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      const { stdout } = await apt.run("apt-cache", ["show", "hello"]);
      return /^Version: (.*)$/m.exec(stdout)?.[1];
    };
    expect(await candidate()).toBe("1");
    const listed = await apt.run("apt-cache", ["pkgnames"]);
    expect(listed.stdout.trim()).toBe("hello");
    await workshop.release("2");
    await workshop.succeed("snapshot", "publish", "demo", "s2");
    expect(await candidate()).toBe("2");
    await workshop.succeed("snapshot", "rollback", "demo", "--reissue");
    expect(await candidate()).toBe("1");
    expect(await apt.download("hello")).toMatchObject({ exitCode: 0, warnings: [] });
  });

  test("follows a new key where it has it beside the old one, and keeps what it has where not", async () => {
    const next = await createKey({ userId: "Our next Mirror <mirror@example.org>" });
    const workshop = await openSigning(["1"]);
    const place = await temporaryDirectory();
    onTestFinished(() => place.remove());
    const at = (name: string) => join(place.path, name);
    for (const name of ["nginx", "told", "untold"]) mkdirSync(at(name));
    const web = await nginx({ root: at("nginx"), directory: workshop.dir });
    onTestFinished(() => web.close());
    const client = (name: string, keys: readonly TestKey[]) =>
      aptClient({
        root: at(name),
        sources: `deb ${web.url}demo/latest stable main\n`,
        keyring: Buffer.concat(keys.map(({ binaryPublic }) => binaryPublic)),
      });
    const [told, untold] = [await client("told", [own, next]), await client("untold", [own])];
    for (const apt of [told, untold]) {
      expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    }
    writeFileSync(join(workshop.root, "mirror.key"), next.armoredPrivate, { mode: 0o600 });
    const { document } = await workshop.succeed("sync");
    expect(document.mirrors[0].suites).toMatchObject([{ resigned: { by: next.fingerprint } }]);
    expect(await told.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const refused = await untold.update();
    expect(refused).toMatchObject({ exitCode: 0, errors: [] });
    expect(refused.warnings.join()).toContain("previous index files will be used");
    expect(await untold.download("hello")).toMatchObject({ exitCode: 0 });
  });
});
