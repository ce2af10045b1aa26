import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import {
  type AptClient,
  aptClient,
  aptFtparchive,
  describeNeeds,
  fingerprintTree,
  type GpgKeyring,
  gpgKeyring,
  gpgSign,
  judgeMirror,
  type NginxServer,
  nginx,
  runTool,
  type TemporaryDirectory,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorctl } from "./mirrorctl.js";

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
    await buildDeb(at("archive"), { name: "hello", version: "3.0", depends: "libhello1" });
    await publish(at("archive"), keyring);
    expect(await sync()).toMatchObject({ status: 0 });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await apt.download("hello=3.0")).toMatchObject({ exitCode: 0, warnings: [] });
  });

  it("a package damaged upstream fails the sync, and apt still gets what it got", async () => {
    await buildDeb(at("archive"), { name: "hello", version: "4.0", depends: "libhello1" });
    await publish(at("archive"), keyring);
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

interface Deb {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
}

async function buildArchive(archive: string, keyring: GpgKeyring): Promise<void> {
  await buildDeb(archive, {
    name: "hello",
    version: "2.12~rc1+b1",
    depends: "libhello1 (>= 1:0.9)",
  });
  await buildDeb(archive, { name: "libhello1", version: "1:0.9-1" });
  await buildDeb(archive, { name: "unrelated", version: "1" });
  await buildSource(archive);
  await publish(archive, keyring);
}

async function buildDeb(archive: string, { name, version, depends }: Deb): Promise<void> {
  const pool = join(archive, "pool/main", name[0] ?? "", name);
  const root = join(archive, "..", `build-${name}`);
  for (const directory of [pool, join(root, "DEBIAN"), join(root, "usr/share", name)]) {
    mkdirSync(directory, { recursive: true });
  }
  chmodSync(root, 0o755);
  chmodSync(join(root, "DEBIAN"), 0o755);
  writeFileSync(join(root, "usr/share", name, "data"), `${name} ${version}\n`.repeat(500));
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: amd64",
    "Maintainer: Archive <archive@example.org>",
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    "Description: a real package",
    "",
  ];
  writeFileSync(join(root, "DEBIAN/control"), control.join("\n"));
  const file = `${name}_${version.replace(/^\d+:/, "")}_amd64.deb`;
  await ran("dpkg-deb", ["--build", "--root-owner-group", root, join(pool, file)]);
}

async function buildSource(archive: string): Promise<void> {
  const pool = join(archive, "pool/main/h/hello");
  const content = Buffer.from("not really a tarball, but real bytes\n".repeat(100));
  const md5 = createHash("md5").update(content).digest("hex");
  const digest = createHash("sha256").update(content).digest("hex");
  const tarball = "hello_2.12.orig.tar.gz";
  writeFileSync(join(pool, tarball), content);
  const dsc = `Format: 1.0
Source: hello
Binary: hello
Architecture: any
Version: 2.12
Maintainer: Archive <archive@example.org>
Checksums-Sha256:
 ${digest} ${content.length} ${tarball}
Files:
 ${md5} ${content.length} ${tarball}
`;
  writeFileSync(join(pool, "hello_2.12.dsc"), dsc);
}

/** Indices and Release by apt-ftparchive, signatures by gpg. */
async function publish(archive: string, keyring: GpgKeyring): Promise<void> {
  const suite = join(archive, "dists/stable");
  const binary = join(suite, "main/binary-amd64");
  const source = join(suite, "main/source");
  for (const directory of [binary, source]) mkdirSync(directory, { recursive: true });
  await index(archive, "packages", join(binary, "Packages"));
  await index(archive, "sources", join(source, "Sources"));
  const fields = {
    Suite: "stable",
    Codename: "stable",
    Origin: "Test",
    Label: "Test",
    Architectures: "amd64",
    Components: "main",
    "Acquire-By-Hash": "yes",
  };
  const options = Object.entries(fields).flatMap(([name, value]) => [
    "-o",
    `APT::FTPArchive::Release::${name}=${value}`,
  ]);
  const release = await aptFtparchive(archive, [...options, "release", "dists/stable"]);
  for (const directory of [binary, source]) byHash(directory);
  const documents = {
    Release: release,
    InRelease: await gpgSign(keyring, release),
    "Release.gpg": await gpgSign(keyring, release, { mode: "detach" }),
  };
  publications += 1;
  for (const [name, content] of Object.entries(documents)) {
    writeFileSync(join(suite, name), content);
    // nginx makes its ETag of seconds and size: two publications in one second look the same.
    const time = Date.now() / 1000 - 60 + publications;
    utimesSync(join(suite, name), time, time);
  }
}

let publications = 0;

async function index(archive: string, kind: "packages" | "sources", path: string): Promise<void> {
  writeFileSync(path, await aptFtparchive(archive, [kind, "pool"]));
  await ran("gzip", ["--keep", "--force", "--no-name", path]);
  await ran("xz", ["--keep", "--force", path]);
}

function byHash(directory: string): void {
  const names = readdirSync(directory).filter((name) => /^(Packages|Sources)/.test(name));
  mkdirSync(join(directory, "by-hash/SHA256"), { recursive: true });
  for (const name of names) {
    const path = join(directory, name);
    writeFileSync(join(directory, "by-hash/SHA256", sha256(path)), readFileSync(path));
  }
}

function poolOf(archive: string): string[] {
  return readdirSync(join(archive, "pool"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

async function ran(tool: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runTool(tool, args);
  expect([tool, exitCode, stderr]).toEqual([tool, 0, expect.anything()]);
}
