import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type AptClient,
  aptClient,
  describeNeeds,
  fingerprintTree,
  type GpgKeyring,
  gpgKeyring,
  judgeMirror,
  type NginxServer,
  nginx,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorctl } from "./mirrorctl.js";
import { addDeb, buildArchive, poolOf, publishArchive, sha256 } from "./real-archive.js";

const TOOLS = ["apt-get", "apt-ftparchive", "dpkg-deb", "gpg", "gpgv", "nginx"];

describeNeeds(describe, TOOLS, "real apt against a mirror of a real archive", () => {
  let place: TemporaryDirectory;
  let keyring: GpgKeyring;
  let upstream: NginxServer;
  let downstream: NginxServer;
  let apt: AptClient;
  const at = (...segments: string[]) => join(place.path, ...segments);

  beforeAll(async () => {
    place = await temporaryDirectory("e2e-apt-");
    keyring = await gpgKeyring({ generate: [{ userId: "Archive <archive@example.org>" }] });
    for (const name of ["archive", "nginx-up", "nginx-down", "apt", "mirrors"]) mkdirSync(at(name));
    await buildArchive(at("archive"), keyring);
    upstream = await nginx({ root: at("nginx-up"), directory: at("archive") });
    downstream = await nginx({
      root: at("nginx-down"),
      directory: at("mirrors"),
      user: "www-data",
    });
    writeFileSync(at("archive.gpg"), await keyring.exportPublic());
    writeFileSync(
      at("mirror.toml"),
      `dir = "${at("mirrors")}"
[mirrors.real]
url = "${upstream.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
mirror_source = true
pgp_key_path = "${at("archive.gpg")}"
`,
    );
    apt = await aptClient({
      root: at("apt"),
      sources: `deb ${downstream.url}real/latest stable main\ndeb-src ${downstream.url}real/latest stable main\n`,
      keyring: await keyring.exportPublic(),
    });
  }, 60_000);

  afterAll(async () => {
    await upstream?.close();
    await downstream?.close();
    await keyring?.remove();
    await place?.remove();
  });

  const sync = () => mirrorctl(place.path, "sync", "--config", at("mirror.toml"));

  it("check config finds nothing to say against the configuration", async () => {
    const ran = await mirrorctl(place.path, "check", "config", "--config", at("mirror.toml"));
    expect(ran).toMatchObject({ status: 0 });
  });

  it("a dry run writes nothing at all", async () => {
    const before = await fingerprintTree(at("mirrors"));
    const ran = await mirrorctl(place.path, "sync", "--dry-run", "--config", at("mirror.toml"));
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stdout).toContain("=== Disk Usage Summary (Dry Run) ===");
    expect(await fingerprintTree(at("mirrors"))).toEqual(before);
  });

  it("apt updates from the mirror without a warning and installs a package with its dependency", async () => {
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const installed = await apt.download("hello");
    expect(installed).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const debs = readdirSync(apt.archives).filter((name) => name.endsWith(".deb"));
    expect(debs.map((name) => name.split("_")[0]).sort()).toEqual(["hello", "libhello1"]);
    const theirs = new Map(poolOf(at("archive")).map((path) => [basename(path), sha256(path)]));
    for (const name of debs) {
      // apt writes the colon of an epoch as %3a; the archive leaves epochs out of file names.
      const plain = name.replace(/_\d+%3a/, "_");
      expect([plain, sha256(join(apt.archives, name))]).toEqual([plain, theirs.get(plain)]);
    }
  });

  it("apt finds by-hash and source packages too", async () => {
    const asked = (await downstream.requests()).map(({ path }) => path);
    expect(asked.some((path) => path.includes("/by-hash/"))).toBe(true);
    expect(await apt.source("hello")).toMatchObject({ exitCode: 0, errors: [] });
  });

  it("an oracle that shares no code with mirrorctl finds the tree complete", async () => {
    const verdict = await judgeMirror(`${at("mirrors/real/latest")}/`, {
      keyring: await keyring.exportPublic(),
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
      sources: true,
    });
    expect(verdict.violations).toEqual([]);
  });

  it("an unchanged upstream costs one request and writes only state and locks", async () => {
    const before = await fingerprintTree(at("mirrors"));
    const asked = (await upstream.requests()).length;
    const ran = await sync();
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stderr).toContain("No changes since");
    const requests = (await upstream.requests()).slice(asked);
    expect(requests.map(({ path, status }) => `${status} ${path}`)).toEqual([
      "304 /dists/stable/InRelease",
    ]);
    const after = await fingerprintTree(at("mirrors"));
    for (const path of new Set([...before.keys(), ...after.keys()])) {
      if (/^\.mirrorctl\/(state|locks)(\/|$)/.test(path)) continue;
      expect([path, after.get(path)]).toEqual([path, before.get(path)]);
    }
  });

  it("apt follows a change upstream", async () => {
    await addDeb(at("archive"), { name: "hello", version: "3.0", depends: "libhello1" });
    await publishArchive(at("archive"), keyring);
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await apt.download("hello=3.0")).toMatchObject({ exitCode: 0, warnings: [] });
  });

  it("a package damaged upstream fails the sync, and apt still gets what it got", async () => {
    await addDeb(at("archive"), { name: "hello", version: "4.0", depends: "libhello1" });
    await publishArchive(at("archive"), keyring);
    const deb = poolOf(at("archive")).find((path) => path.includes("hello_4.0")) ?? "";
    writeFileSync(deb, Buffer.alloc(readFileSync(deb).length));
    const before = await fingerprintTree(at("mirrors/real"));
    const ran = await sync();
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("hello_4.0");
    expect(await fingerprintTree(at("mirrors/real"))).toEqual(before);
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
  });
});
