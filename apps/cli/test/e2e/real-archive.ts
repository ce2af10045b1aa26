import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { aptFtparchive, type GpgKeyring, gpgSign, runTool } from "@mirror/testkit";
import { expect } from "vitest";

/** A package to be built by `dpkg-deb`. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  /** The name of its file, where it is not the usual one. */
  readonly file?: string;
}

/** Makes an archive of one suite `stable` in an existing directory. */
export async function buildArchive(archive: string, keyring: GpgKeyring): Promise<void> {
  await buildDeb(archive, {
    name: "hello",
    version: "2.12~rc1+b1",
    depends: "libhello1 (>= 1:0.9)",
  });
  await buildDeb(archive, { name: "libhello1", version: "1:0.9-1" });
  await buildDeb(archive, { name: "unrelated", version: "1" });
  await buildSource(archive);
  await publishArchive(archive, keyring);
}

/** Puts a package into the pool; {@link publishArchive} lists it. */
export async function buildDeb(
  archive: string,
  { name, version, depends, ...given }: Deb,
): Promise<void> {
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
  const { file = `${name}_${version.replace(/^\d+:/, "")}_amd64.deb` } = given;
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
export async function publishArchive(archive: string, keyring: GpgKeyring): Promise<void> {
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

/** Every file of the pool, by absolute path. */
export function poolOf(archive: string): string[] {
  return readdirSync(join(archive, "pool"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The SHA-256 of a file, in hex. */
export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

async function ran(tool: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runTool(tool, args);
  expect([tool, exitCode, stderr]).toEqual([tool, 0, expect.anything()]);
}
