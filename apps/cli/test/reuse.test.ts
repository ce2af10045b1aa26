import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  aptClient,
  describeNeeds,
  fingerprintTree,
  judgeMirror,
  serve,
  type TestServer,
} from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream, type Upstream } from "./upstream.js";

const HELLO = "pool/main/h/hello/hello_1.0_amd64.deb";

/** What another tool has of this upstream, laid out as it does that, and what is named to us. */
interface Left {
  /** All that is there: it must stay as it is. */
  readonly whole: string;
  /** The repository in it. */
  readonly repository: string;
  /** For `--reuse`. */
  readonly named: string;
}

function copyOf(upstream: Upstream, repository: string): void {
  cpSync(upstream.repository.directory, repository, { recursive: true, preserveTimestamps: true });
}

/** Imitations, as small as can be, of what each tool leaves on the disk. */
const LAYOUTS: Readonly<Record<string, (upstream: Upstream) => Left>> = {
  "apt-mirror"(upstream) {
    const whole = join(upstream.root, "spool/apt-mirror");
    const repository = join(whole, "mirror/127.0.0.1");
    copyOf(upstream, repository);
    for (const name of ["skel/127.0.0.1/dists", "var"])
      mkdirSync(join(whole, name), { recursive: true });
    writeFileSync(join(whole, "var/clean.sh"), "#!/bin/sh\n");
    return { whole, repository, named: whole };
  },
  "apt-mirror, by its directory of mirrors"(upstream) {
    const left = LAYOUTS["apt-mirror"]?.(upstream) as Left;
    return { ...left, named: join(left.whole, "mirror") };
  },
  debmirror(upstream) {
    const whole = join(upstream.root, "debmirror");
    copyOf(upstream, whole);
    for (const name of [".temp/dists", "project/trace"])
      mkdirSync(join(whole, name), { recursive: true });
    writeFileSync(join(whole, "project/trace/mirror"), "Fri Nov 21 03:04:05 UTC 2025\n");
    return { whole, repository: whole, named: whole };
  },
  "the original tool"(upstream) {
    const whole = join(upstream.root, "apt");
    const generation = join(whole, ".old-name.20250101_000000.000000");
    copyOf(upstream, join(generation, "old-name"));
    writeFileSync(join(generation, "info.json"), "{}");
    symlinkSync(join(generation, "old-name"), join(whole, "old-name"));
    return { whole, repository: join(generation, "old-name"), named: whole };
  },
};

const packagesAsked = ({ requests }: TestServer) =>
  requests.filter(({ path }) => path.includes("/pool/")).map(({ path }) => path);
const run = (upstream: Upstream, ...words: string[]) =>
  mirrorctl([...words, "-c", upstream.config]);
const documentOf = async (upstream: Upstream, ...words: string[]) => {
  const outcome = await run(upstream, ...words, "--json");
  return { ...outcome, document: JSON.parse(outcome.stdout) };
};
const isLinked = (upstream: Upstream, left: string, id = "demo") =>
  lstatSync(join(upstream.dir, id, "latest", HELLO)).ino === lstatSync(join(left, HELLO)).ino;

async function judged(upstream: Upstream, id = "demo") {
  const { violations } = await judgeMirror(join(upstream.dir, id, "latest"), {
    keyring: upstream.keyring,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  return violations;
}

/** Has a real apt update from what is published at this path, and fetch a package of it. */
async function aptReads(upstream: Upstream, path: string): Promise<void> {
  const published = await serve(upstream.dir);
  onTestFinished(() => published.close());
  const root = mkdtempSync(join(upstream.root, "apt-"));
  const apt = await aptClient({
    root,
    sources: `deb ${published.url}${path} stable main\n`,
    keyring: readFileSync(upstream.keyring),
  });
  expect(await apt.update()).toMatchObject({ exitCode: 0, errors: [], warnings: [] });
  expect(await apt.download("hello")).toMatchObject({ exitCode: 0, errors: [] });
  expect(readdirSync(apt.archives)).toContain("hello_1.0_amd64.deb");
}

describeNeeds(describe, ["apt-get"], "sync --reuse", () => {
  test.each(Object.entries(LAYOUTS))("takes over what %s has fetched", async (_, lay) => {
    const upstream = await openUpstream();
    const { whole, repository, named } = lay(upstream);
    const before = await fingerprintTree(whole, { content: true });
    const dry = await documentOf(upstream, "sync", "--dry-run", "--reuse", named);
    expect(existsSync(upstream.dir)).toBe(false);
    expect(dry.document.total.toDownload.files).toBe(3);
    upstream.server.clear();
    const { status, document } = await documentOf(upstream, "sync", "--reuse", named);
    expect(status).toBe(0);
    const [{ downloaded, reused, warnings }] = document.mirrors;
    expect({ downloaded, warnings }).toMatchObject({ downloaded: { files: 3 }, warnings: [] });
    expect(reused).toEqual(dry.document.total.elsewhere);
    expect(packagesAsked(upstream.server)).toEqual([]);
    expect(isLinked(upstream, repository)).toBe(true);
    expect(await fingerprintTree(whole, { content: true })).toEqual(before);
    expect(await judged(upstream)).toEqual([]);
    await aptReads(upstream, "demo/latest");
  });

  test("puts the mirror's directory in the place of the original's link", async () => {
    const upstream = await openUpstream();
    const target = join(upstream.dir, ".demo.20250101_000000.000000/demo");
    copyOf(upstream, target);
    writeFileSync(join(upstream.dir, "index.html"), "theirs");
    symlinkSync(target, join(upstream.dir, "demo"));
    const theirs = join(upstream.dir, ".demo.20250101_000000.000000");
    const before = await fingerprintTree(theirs, { content: true });
    await aptReads(upstream, "demo");

    const refused = await documentOf(upstream, "sync");
    expect(refused.status).toBe(1);
    const [{ error }] = refused.document.mirrors;
    expect(error.code).toBe("ERR_SNAPSHOT_FOREIGN_ENTRY");
    expect(error.hint).toContain(`--reuse ${target} --replace-link`);
    expect(readlinkSync(join(upstream.dir, "demo"))).toBe(target);

    upstream.server.clear();
    upstream.server.fault(HELLO, { kind: "status", status: 404 });
    const words = ["sync", "--reuse", target, "--replace-link"];
    const { status, stderr } = await run(upstream, ...words);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain(`taken the place of the link to ${target}`);
    expect(packagesAsked(upstream.server)).toEqual([]);
    expect(lstatSync(join(upstream.dir, "demo")).isDirectory()).toBe(true);
    expect(isLinked(upstream, target)).toBe(true);
    await aptReads(upstream, "demo");
    expect(await fingerprintTree(theirs, { content: true })).toEqual(before);
    expect(readdirSync(upstream.dir).sort()).toEqual([
      ".demo.20250101_000000.000000",
      ".mirrorctl",
      "demo",
      "index.html",
    ]);
    expect((await run(upstream, ...words)).stderr).toContain("No changes since");
  });

  test("lets the link be until everything is there", async () => {
    const upstream = await openUpstream();
    const target = join(upstream.dir, "theirs");
    mkdirSync(target, { recursive: true });
    symlinkSync("theirs", join(upstream.dir, "demo"));
    upstream.server.fault(HELLO, { kind: "status", status: 404 });
    const failed = await documentOf(upstream, "sync", "--replace-link");
    expect(failed.document.mirrors[0].error.code).toBe("ERR_SYNC_MISSING_FILE");
    expect(readlinkSync(join(upstream.dir, "demo"))).toBe("theirs");
    expect(readdirSync(upstream.dir).sort()).toEqual([".mirrorctl", "demo", "theirs"]);
  });
});

describe("sync --reuse", () => {
  test("may be repeated, and says in text what it does", async () => {
    const upstream = await openUpstream();
    const [first, second] = ["first", "second"].map((name) => join(upstream.root, name));
    for (const [from, to] of [
      [HELLO, `${first}/hello_1.0_amd64.deb`],
      ["pool/main/w/world/world_2.0_all.deb", `${second}/deep/down/world_2.0_all.deb`],
    ] as const)
      cpSync(join(upstream.repository.directory, from), to, {
        recursive: true,
        preserveTimestamps: true,
      });
    const words = ["--reuse", first ?? "", "--reuse", second ?? ""];
    const dry = await run(upstream, "sync", "--dry-run", ...words);
    expect(dry.stdout).toMatch(/Already here: .* \(2 files\)\n {2}From elsewhere: .* \(2 files\)/);
    const { status, stderr } = await run(upstream, "sync", ...words);
    expect(status).toBe(0);
    expect(stderr).toContain(`INFO  Looking through ${first}: 1 file\n`);
    expect(stderr).toContain(`INFO  Looking through ${second}: 1 file\n`);
    expect(stderr).toMatch(/INFO {2}Checking and linking 2 files already here \(.*\)\n/);
    expect(stderr).toMatch(/INFO {2}Progress: 2\/2 files \(100\.0%\) - .* checked\n/);
    expect(stderr).toMatch(/, reused: .* \(2 files\)\n/);
    expect(packagesAsked(upstream.server)).toEqual([]);
  });

  test.each([
    ["nothing", "missing", "nothing"],
    ["a file", "file", "something else"],
    ["a link to nothing", "link", "nothing"],
  ])("refuses %s before it asks anybody or makes anything", async (_, name, found) => {
    const upstream = await openUpstream();
    writeFileSync(join(upstream.root, "file"), "");
    symlinkSync("/nowhere/at/all", join(upstream.root, "link"));
    for (const more of [[], ["--dry-run"]]) {
      const path = join(upstream.root, name);
      const outcome = await documentOf(upstream, "sync", "--reuse", path, ...more);
      expect(outcome.status).toBe(1);
      expect(outcome.document.error).toMatchObject({
        code: "ERR_CLI_UNREADABLE_DIRECTORY",
        facts: { path, found },
      });
    }
    expect(upstream.server.requests).toEqual([]);
    expect(existsSync(upstream.dir)).toBe(false);
  });
});

describe("two mirrors of one store", () => {
  test("share what both hold: the second asks for no package", async () => {
    const upstream = await openUpstream();
    await upstream.configure({ demo: "", other: "" });
    await run(upstream, "sync", "demo");
    upstream.server.clear();
    const dry = await documentOf(upstream, "sync", "other", "--dry-run");
    const { document } = await documentOf(upstream, "sync", "other");
    expect(packagesAsked(upstream.server)).toEqual([]);
    const [{ reused, downloaded }] = document.mirrors;
    expect(reused.files).toBeGreaterThanOrEqual(2);
    expect(dry.document.mirrors[0]).toMatchObject({ elsewhere: reused, toDownload: downloaded });
    expect(isLinked(upstream, join(upstream.dir, "demo/latest"), "other")).toBe(true);
    expect(await judged(upstream, "other")).toEqual([]);
  });

  test("share what only a snapshot has, wherever its mirror keeps those", async () => {
    const upstream = await openUpstream();
    const table = (id: string) => `\n[mirrors.${id}.snapshot]\npath = "${upstream.root}/${id}"\n`;
    await upstream.configure({ demo: table("demo"), other: table("other") });
    await run(upstream, "sync", "demo");
    await run(upstream, "snapshot", "create", "demo", "kept");
    await upstream.repository.publish({ suites: { stable: { packages: [] } } });
    const day = 86_400_000;
    for (const days of [5, 10, 15])
      await mirrorctl(["sync", "demo", "--force", "--allow-shrink", "-c", upstream.config], {
        now: () => new Date(Date.now() + days * day),
      });
    expect(existsSync(join(upstream.dir, "demo/latest", HELLO))).toBe(false);
    await upstream.repository.publish({
      suites: { stable: { packages: [{ package: "hello", version: "1.0" }] } },
    });
    upstream.server.clear();
    expect((await run(upstream, "sync", "other")).status).toBe(0);
    expect(packagesAsked(upstream.server)).toEqual([]);
    expect(isLinked(upstream, join(upstream.root, "demo/demo/kept"), "other")).toBe(true);
  });
});
