import { cpSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type AptClient,
  aptClient,
  describeNeeds,
  fingerprintTree,
  type GpgKeyring,
  gpgKeyring,
  judgeMirror,
  serve,
  type TemporaryDirectory,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorctl } from "./mirrorctl.js";
import { addDeb, buildArchive, poolOf, publishArchive, sha256 } from "./real-archive.js";

const TOOLS = ["apt-get", "apt-ftparchive", "dpkg-deb", "gpg", "gpgv"];

describeNeeds(describe, TOOLS, "real apt against a mirror of a disk", () => {
  let place: TemporaryDirectory;
  let keyring: GpgKeyring;
  let web: TestServer;
  let disk: TestServer;
  let apt: AptClient;
  const at = (...segments: string[]) => join(place.path, ...segments);
  const archive = () => at("my disk+1~2/me@home");
  const url = (...segments: string[]) => pathToFileURL(at(...segments)).href;
  const archiveUrl = () => pathToFileURL(archive()).href;

  beforeAll(async () => {
    place = await temporaryDirectory("e2e-file-");
    keyring = await gpgKeyring({ generate: [{ userId: "Archive <archive@example.org>" }] });
    mkdirSync(archive(), { recursive: true });
    for (const name of ["mirrors", "apt"]) mkdirSync(at(name));
    await addDeb(archive(), { name: "odd", version: "1:1" }, "odd_1%3a1_amd64.deb");
    await buildArchive(archive(), keyring);
    writeFileSync(at("archive.gpg"), await keyring.exportPublic());
    web = await serve(at("mirrors"));
    disk = await serve(archive());
    configure({
      first: `url = "${archiveUrl()}"`,
      second: `url = "${url("mirrors/first/latest")}"`,
    });
    apt = await aptClient({ root: at("apt"), sources: "", keyring: await keyring.exportPublic() });
  }, 60_000);

  afterAll(async () => {
    await web?.close();
    await disk?.close();
    await keyring?.remove();
    await place?.remove();
  });

  const configure = (mirrors: Readonly<Record<string, string>>) => {
    const tables = Object.entries(mirrors).map(([id, lines]) => `[mirrors.${id}]\n${lines}\n`);
    writeFileSync(
      at("mirror.toml"),
      `dir = "${at("mirrors")}"
[defaults]
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
mirror_source = true
retries = 0
pgp_key_path = "${at("archive.gpg")}"
${tables.join("\n")}`,
    );
  };
  const run = (...words: string[]) =>
    mirrorctl(place.path, ...words, "--config", at("mirror.toml"));
  const expectComplete = async (id: string) => {
    const verdict = await judgeMirror(`${at("mirrors", id, "latest")}/`, {
      keyring: await keyring.exportPublic(),
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
      sources: true,
    });
    expect(verdict.violations).toEqual([]);
  };
  const expectInstalls = async (id: string, ...packages: string[]) => {
    await apt.setSources(`deb ${web.url}${id}/latest stable main\n`);
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await apt.download(...packages)).toMatchObject({ exitCode: 0, warnings: [] });
  };

  it("check config and a dry run find the archive on the disk", async () => {
    const checked = await run("check", "config");
    expect(checked.status).toBe(0);
    // The second one's upstream is not there before the first sync of the first.
    expect(checked.stderr).toMatch(/^WARN {2}second: file:\/\/.*: no such directory/m);
    expect(checked.stderr).not.toContain("first:");
    const dry = await run("sync", "first", "--dry-run");
    expect(dry).toMatchObject({ status: 0 });
    expect(dry.stdout).toContain("=== Disk Usage Summary (Dry Run) ===");
    expect(readdirSync(at("mirrors"))).toEqual([]);
  });

  it("check tls finds nothing to check", async () => {
    const { status, stdout } = await run("check", "tls", "*", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).mirrors).toEqual([
      { id: "first", ok: true, servers: [] },
      { id: "second", ok: true, servers: [] },
    ]);
  });

  it("a sync copies what apt installs, and links nothing to the disk", async () => {
    const before = await fingerprintTree(archive());
    expect(await run("sync", "first")).toMatchObject({ status: 0 });
    await expectInstalls("first", "hello", "odd");
    await expectComplete("first");
    expect(await fingerprintTree(archive())).toEqual(before);
    for (const path of poolOf(archive())) expect([path, statSync(path).nlink]).toEqual([path, 1]);
    expect(readdirSync(at("mirrors/first/latest/pool/main/o/odd"))).toEqual([
      "odd_1%3a1_amd64.deb",
    ]);
  });

  it("another mirrorctl's tree is an upstream as well", async () => {
    expect(await run("sync", "second")).toMatchObject({ status: 0 });
    await expectInstalls("second", "hello", "odd");
    await expectComplete("second");
    const quiet = await run("check", "config");
    expect(quiet).toMatchObject({ status: 0, stderr: "" });
  });

  it("an unchanged disk changes nothing, a changed one is followed down the chain", async () => {
    const before = await fingerprintTree(at("mirrors/first"));
    const unchanged = await run("sync");
    expect(unchanged).toMatchObject({ status: 0 });
    expect(unchanged.stderr.match(/No changes since/g)).toHaveLength(2);
    expect(await fingerprintTree(at("mirrors/first"))).toEqual(before);

    await addDeb(archive(), { name: "hello", version: "3.0", depends: "libhello1" });
    await publishArchive(archive(), keyring);
    expect(await run("sync", "first")).toMatchObject({ status: 0 });
    expect(await run("sync", "second")).toMatchObject({ status: 0 });
    await expectInstalls("second", "hello=3.0");
    await expectComplete("second");
  });

  it("a disk that is not mounted fails the sync and is waited for", async () => {
    const before = await fingerprintTree(at("mirrors/first"));
    renameSync(at("my disk+1~2"), at("unmounted"));
    const { status, stdout } = await run("sync", "first", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout).mirrors[0].error).toMatchObject({
      code: "ERR_SYNC_NO_RELEASE",
      message: expect.stringContaining(archiveUrl()),
    });
    expect((await run("check", "config")).stderr).toContain("no such directory");
    const stands = await run("status", "first", "--check");
    expect(stands.status).toBe(1);
    expect(stands.stdout).toContain("no Release file at file://");
    expect(await fingerprintTree(at("mirrors/first"))).toEqual(before);
    renameSync(at("unmounted"), at("my disk+1~2"));
    expect(await run("sync", "first")).toMatchObject({ status: 0 });
  });

  it("a disk and a server complete each other", async () => {
    // No other mirror of this directory has them: what one has is linked, and asked of nobody.
    await addDeb(archive(), { name: "late", version: "1" });
    await addDeb(archive(), { name: "hello", version: "3.1", depends: "libhello1" });
    await addDeb(archive(), { name: "unrelated", version: "1.1" });
    await publishArchive(archive(), keyring);
    const deb = poolOf(archive()).find((path) => path.includes("hello_3.1")) ?? "";
    const right = sha256(deb);
    cpSync(archive(), at("partial"), { recursive: true });
    const copy = deb.replace(archive(), at("partial"));
    // Damaged, gone, and no file at all: each is asked of the server.
    writeFileSync(copy, Buffer.alloc(statSync(copy).size));
    const others = poolOf(at("partial")).filter((path) => /late|unrelated_1\.1/.test(path));
    for (const path of others) renameSync(path, `${path}.away`);
    mkdirSync(others[0] ?? "");
    configure({ both: `urls = ["${url("partial")}", "${disk.url}"]` });
    expect(await run("sync")).toMatchObject({ status: 0 });
    await expectInstalls("both", "hello=3.1", "late", "unrelated=1.1");
    await expectComplete("both");
    expect(sha256(copy)).not.toBe(right);
    const debs = disk.requests.flatMap(({ file }) => /[^/]*\.deb$/.exec(file) ?? []);
    expect(debs.sort()).toEqual([
      "hello_3.1_amd64.deb",
      "late_1_amd64.deb",
      "unrelated_1.1_amd64.deb",
    ]);
  });
});
