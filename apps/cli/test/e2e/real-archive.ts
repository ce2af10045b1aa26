import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptFtparchive, type GpgKeyring, gpgSign } from "@mirror/testkit";
import { buildDeb, type Deb, fileName, sourceFiles } from "./packages.js";
import { run } from "./run.js";

/** Makes an archive of one suite `stable` in an existing directory. */
export async function buildArchive(archive: string, keyring: GpgKeyring): Promise<void> {
  await addDeb(archive, {
    name: "hello",
    version: "2.12~rc1+b1",
    depends: "libhello1 (>= 1:0.9)",
  });
  await addDeb(archive, { name: "libhello1", version: "1:0.9-1" });
  await addDeb(archive, { name: "unrelated", version: "1" });
  const files = Object.entries(sourceFiles("hello", "2.12"));
  for (const [name, content] of files)
    writeFileSync(join(archive, "pool/main/h/hello", name), content);
  await publishArchive(archive, keyring);
}

/** Puts a package into the pool, perhaps under another name; {@link publishArchive} lists it. */
export async function addDeb(archive: string, deb: Deb, file = fileName(deb)): Promise<void> {
  await buildDeb(join(archive, "pool/main", deb.name[0] ?? "", deb.name, file), deb);
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
  await run("gzip", ["--keep", "--force", "--no-name", path]);
  await run("xz", ["--keep", "--force", path]);
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
