import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AptClient,
  aptClient,
  createKey,
  createRepository,
  describeNeeds,
  fingerprintTree,
  type NginxServer,
  nginx,
  runTool,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BRIDGE } from "./bridge.js";
import { mirrorctl, type Ran } from "./mirrorctl.js";

const ID = "ubuntu-noble";
const STAMP = /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(?:-\d+)?/;

describeNeeds(
  describe,
  ["apt-get", "nginx", "gpgv"],
  "sync, snapshot, stage, test, promote, roll back",
  () => {
    let place: TemporaryDirectory;
    let key: TestKey;
    let repository: TestRepository;
    let upstream: TestServer;
    let web: NginxServer;
    let staging: AptClient;
    let production: AptClient;
    const at = (...segments: string[]) => join(place.path, ...segments);
    const run = (...words: string[]): Promise<Ran> =>
      mirrorctl(place.path, ...words, "--config", at("mirror.toml"));
    const shows = (pointer: string) =>
      readlinkSync(at("www", ID, pointer))
        .split("/")
        .at(-1) ?? "";
    const names = async () => {
      const listed = await run("snapshot", "list", ID, "--json");
      return JSON.parse(listed.stdout).mirrors[0].snapshots.map(
        (snapshot: { name: string }) => snapshot.name,
      ) as string[];
    };
    const versions: string[] = [];
    const release = async (version: string) => {
      versions.push(version);
      const date = new Date(Date.now() - 3_600_000 + versions.length * 60_000);
      await repository.publish({
        suites: { noble: { packages: [{ package: "hello", version }] } },
        date,
      });
    };

    beforeAll(async () => {
      place = await temporaryDirectory("e2e-workflow-");
      for (const name of ["upstream", "www", "web", "apt-staging", "apt-production"]) {
        mkdirSync(at(name));
      }
      key = await createKey();
      repository = await createRepository(at("upstream"), {
        key,
        suites: [{ suite: "noble", packages: [{ package: "hello", version: "1.0" }] }],
      });
      upstream = await serve(at("upstream"));
      web = await nginx({ root: at("web"), directory: at("www"), server: BRIDGE });
      writeFileSync(at("key.asc"), key.armoredPublic);
      writeFileSync(
        at("mirror.toml"),
        `# Base directory for all mirrored repositories
dir = "${at("www")}/"

[snapshot]
path = "${at("lib/snapshots")}"
default_name_format = "2006-01-02T15-04-05Z"

[snapshot.prune]
keep_last = 5

[mirrors.${ID}]
url = "${upstream.url}"
suites = ["noble"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${at("key.asc")}"
publish_to_staging = true  # Automatically publish new snapshots to staging
`,
      );
      const client = (name: string) =>
        aptClient({
          root: at(`apt-${name}`),
          sources: `deb ${web.url}${ID}/${name === "production" ? "current" : name} noble main\n`,
          keyring: key.binaryPublic,
        });
      staging = await client("staging");
      production = await client("production");
    }, 60_000);

    afterAll(async () => {
      await upstream?.close();
      await web?.close();
      await place?.remove();
    });

    it("sync makes a snapshot and stages it, in the words of the tutorial", async () => {
      const ran = await run("sync", ID);
      expect(ran).toMatchObject({ status: 0 });
      const [, name = ""] = /Creating snapshot: (\S+)/.exec(ran.stderr) ?? [];
      expect(name).toMatch(new RegExp(`^${STAMP.source}$`));
      const lines = [
        `INFO  Starting sync for mirror: ${ID}`,
        "INFO  Downloading Release file",
        `INFO  Sync completed successfully for ${ID}`,
        `INFO  Creating snapshot: ${name}`,
        "INFO  Snapshot created successfully",
        "INFO  Publishing snapshot to staging",
        `INFO  Staging updated: ${ID} -> ${name}`,
      ];
      const printed = ran.stderr.split("\n");
      for (const line of lines) expect(printed).toContain(line);
      expect(readlinkSync(at("www", ID, "staging"))).toBe(at("lib/snapshots", ID, name));
      expect(readdirSync(at("www", ID))).not.toContain("current");
      expect(ran.stderr).toContain(`mirrorctl snapshot promote ${ID}`);
    });

    it("staging is a repository for apt, and production is none yet", async () => {
      expect(await staging.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      expect(await staging.download("hello=1.0")).toMatchObject({ exitCode: 0, errors: [] });
      expect((await production.update()).exitCode).not.toBe(0);
    });

    it("a second sync with nothing new adds no snapshot and moves nothing", async () => {
      const before = await fingerprintTree(at("www"));
      const ran = await run("sync", ID);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stderr).not.toContain("Creating snapshot");
      const after = await fingerprintTree(at("www"));
      for (const path of new Set([...before.keys(), ...after.keys()])) {
        if (/^\.mirrorctl\/(state|locks)(\/|$)/.test(path)) continue;
        expect([path, after.get(path)]).toEqual([path, before.get(path)]);
      }
    });

    it("promote shows it in production, in the words of the tutorial", async () => {
      const [name] = await names();
      const ran = await run("snapshot", "promote", ID);
      expect(ran.stderr.split("\n")).toEqual(
        expect.arrayContaining([
          `INFO  Promoting staging snapshot to production for ${ID}`,
          `INFO  Production updated: ${ID} -> ${name}`,
        ]),
      );
      expect(ran).toMatchObject({ status: 0 });
      expect(readlinkSync(at("www", ID, "current"))).toBe(at("lib/snapshots", ID, name ?? ""));
      expect(await production.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      expect(await production.download("hello=1.0")).toMatchObject({ exitCode: 0, errors: [] });
    });

    it("the list says what is where", async () => {
      const ran = await run("snapshot", "list", ID);
      expect(ran.stdout).toMatch(/^MIRROR +SNAPSHOT NAME +CREATED +SIZE +STATUS\n/);
      expect(ran.stdout).toMatch(new RegExp(`^${ID} +${STAMP.source} .*production, staging$`, "m"));
    });

    it("a new version is in staging alone until it is promoted", async () => {
      await release("2.0");
      expect(await run("sync")).toMatchObject({ status: 0 });
      expect(shows("staging")).not.toBe(shows("current"));
      expect(await staging.update()).toMatchObject({ exitCode: 0, errors: [] });
      expect(await staging.download("hello=2.0")).toMatchObject({ exitCode: 0, errors: [] });
      expect(await production.update()).toMatchObject({ exitCode: 0, errors: [] });
      expect((await production.download("hello=2.0")).exitCode).not.toBe(0);
    });

    it("diff says what a promote would bring", async () => {
      const ran = await run("snapshot", "diff", ID);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stdout).toMatch(/hello.*1\.0.*2\.0/);
      const json = JSON.parse((await run("snapshot", "diff", ID, "--json")).stdout);
      expect(JSON.stringify(json)).toContain('"hello"');
      const markdown = await run("snapshot", "diff", ID, "--markdown");
      expect(markdown.stdout).toMatch(/^#/);
    });

    it("a client that updated before a promote still gets what its lists name", async () => {
      expect(await production.update()).toMatchObject({ exitCode: 0 });
      expect(await run("snapshot", "promote", ID)).toMatchObject({ status: 0 });
      await runTool("rm", ["-f", ...debsOf(production)]);
      expect(await production.download("hello=1.0")).toMatchObject({ exitCode: 0, errors: [] });
      expect(await production.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      expect(await production.download("hello=2.0")).toMatchObject({ exitCode: 0, errors: [] });
    });

    it("rollback goes back, withdraws the bad version and says what clients make of it", async () => {
      const bad = shows("current");
      const ran = await run("snapshot", "rollback", ID);
      expect(ran).toMatchObject({ status: 0 });
      expect(shows("current")).not.toBe(bad);
      expect(readdirSync(at("www", ID))).not.toContain(".current.previous");
      expect(ran.stderr).toContain("rm -rf /var/lib/apt/lists/*");
      // A client that has seen the newer Release keeps its lists: apt never goes back by itself.
      await production.update();
      await runTool("rm", ["-f", ...debsOf(production)]);
      expect((await production.download("hello=2.0")).exitCode).not.toBe(0);
      await runTool("rm", ["-rf", production.lists]);
      mkdirSync(join(production.lists, "partial"), { recursive: true });
      expect(await production.update()).toMatchObject({ exitCode: 0, errors: [] });
      expect(await production.download("hello=1.0")).toMatchObject({ exitCode: 0, errors: [] });
    });

    it("what was rolled back is not promoted again but by name and force", async () => {
      const bad = shows("staging");
      const refused = await run("snapshot", "promote", ID);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain(`${bad} --force`);
      expect((await run("snapshot", "promote", ID, bad)).status).toBe(1);
      expect(await run("snapshot", "promote", ID, bad, "--force")).toMatchObject({ status: 0 });
      expect(shows("current")).toBe(bad);
    });

    it("publish goes straight to production", async () => {
      const [newest, oldest = ""] = await names();
      const ran = await run("snapshot", "publish", ID, oldest);
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stderr).toContain(`INFO  Production updated: ${ID} -> ${oldest}`);
      expect(shows("current")).toBe(oldest);
      expect(shows("staging")).toBe(newest);
    });

    it("a snapshot by hand takes a name, and is protected from the policy", async () => {
      const created = await run("snapshot", "create", ID, "2025-q1-release");
      expect(created).toMatchObject({ status: 0 });
      expect((await run("snapshot", "create", ID, "2025-q1-release")).status).toBe(1);
      expect(await run("snapshot", "protect", ID, "2025-q1-release")).toMatchObject({ status: 0 });
      const dry = await run("snapshot", "prune", ID, "--keep-last", "0", "--dry-run");
      expect(dry.stderr).toContain("Keeps 2025-q1-release: protected");
      expect(await run("snapshot", "prune", ID, "--keep-last", "0")).toMatchObject({ status: 0 });
      expect(await names()).toContain("2025-q1-release");
      expect((await run("snapshot", "delete", ID, "2025-q1-release")).status).toBe(1);
      const source = await run(
        ...["generate", "apt-source", ID, "--base-url", web.url, "--snapshot", "2025-q1-release"],
      );
      await production.setSources(source.stdout);
      expect(await production.update()).toMatchObject({ exitCode: 0, errors: [] });
      expect(await run("snapshot", "unprotect", ID, "2025-q1-release")).toMatchObject({
        status: 0,
      });
      expect(await run("snapshot", "delete", ID, "2025-q1-release")).toMatchObject({ status: 0 });
      expect(await names()).not.toContain("2025-q1-release");
    });

    it("delete refuses what is shown, and with force takes its pointers first", async () => {
      const shown = shows("current");
      const refused = await run("snapshot", "delete", ID, shown);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain("current");
      expect(shows("current")).toBe(shown);
      expect(await run("snapshot", "delete", ID, shown, "--force")).toMatchObject({ status: 0 });
      expect(readdirSync(at("www", ID))).not.toContain("current");
      const promoted = await run("snapshot", "promote", ID, "--no-gate");
      expect(promoted).toMatchObject({ status: 0 });
      expect((await run("history", ID, "--json")).stdout).toContain('"gate": "skipped"');
    });

    it("the history has it all, and what production showed at any time", async () => {
      const ran = await run("history", ID);
      for (const kind of ["sync", "stage", "promote", "rollback", "publish"]) {
        expect(ran.stdout).toMatch(new RegExp(` ${kind} `));
      }
      const at = new Date(Date.now() + 60_000).toISOString();
      const then = await run("history", ID, "--at", at, "--json");
      const [mirror] = JSON.parse(then.stdout).mirrors;
      expect(mirror.shown.map(({ pointer }: { pointer: string }) => pointer)).toContain("staging");
    });

    it("status says how the mirror stands", async () => {
      const ran = await run("status");
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stdout).toContain(ID);
      expect((await run("status", "--check", "--max-age", "26h")).status).toBe(0);
    });
  },
);

function debsOf({ archives }: AptClient): string[] {
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}
