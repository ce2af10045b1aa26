// Signed upstreams of any size, and the same ones later. Packages are ar archives of noise: no
// program that mirrors looks inside.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Where the components of every upstream lie. */
export const COMPONENTS = ["main", "contrib"];

const NOISE = randomBytes(1 << 22);
const ARCHIVE = "Synthetic Archive <archive@example.invalid>";
const HOUR = 3_600_000;

/**
 * Makes an upstream in `directory`/www, with its key in `directory`/key.gpg.
 *
 * @param least - bytes of the smallest package
 * @param most - bytes of the largest package
 */
export function createUpstream(directory, { packages, least, most }) {
  const home = join(directory, "gnupg");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  gpg(home, "--passphrase", "", "--quick-gen-key", ARCHIVE, "rsa3072", "sign", "never");
  writeFileSync(join(directory, "key.gpg"), gpg(home, "--export"));
  const made = Array.from({ length: packages }, (_, number) => {
    const spread = ((number * 7919) % 1000) / 1000;
    return addPackage(directory, number, 0, Math.round(least + spread * (most - least)));
  });
  publish(directory, made, new Date(Date.now() - HOUR));
  return { directory, packages: made };
}

/** The upstream as it is later: a share of its packages has a new version; the others are the same files. */
export function evolveUpstream(before, directory, share) {
  mkdirSync(directory, { recursive: true });
  execFileSync("cp", ["-r", join(before.directory, "gnupg"), join(directory, "gnupg")]);
  linkSync(join(before.directory, "key.gpg"), join(directory, "key.gpg"));
  const step = Math.round(1 / share);
  const made = before.packages.map((one) => {
    if (one.number % step === 0) return addPackage(directory, one.number, 1, one.size);
    const path = join(directory, "www", one.path);
    mkdirSync(dirname(path), { recursive: true });
    linkSync(join(before.directory, "www", one.path), path);
    return one;
  });
  publish(directory, made, new Date());
  return { directory, packages: made };
}

function addPackage(directory, number, revision, size) {
  const component = COMPONENTS[number % 5 === 0 ? 1 : 0];
  const name = `package${number}`;
  const version = `1.${number % 37}-${revision + 1}`;
  const path = `pool/${component}/${String(number % 100).padStart(2, "0")}/${name}/${name}_${version}_amd64.deb`;
  const bytes = debOf(`${number}/${revision}`, size);
  const file = join(directory, "www", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  const [md5, sha256] = [digest("md5", bytes), digest("sha256", bytes)];
  const stanza = `Package: ${name}
Version: ${version}
Architecture: amd64
Maintainer: ${ARCHIVE}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: libc6 (>= 2.36), package${Math.max(0, number - 1)} (>= 1.0)
Section: ${number % 3 === 0 ? "libs" : "utils"}
Priority: optional
Homepage: https://example.invalid/${name}
Description: synthetic package number ${number}
Description-md5: ${digest("md5", name)}
Tag: role::program, implemented-in::c
Filename: ${path}
Size: ${bytes.length}
MD5sum: ${md5}
SHA256: ${sha256}
`;
  return { number, component, path, size: bytes.length, sha256, stanza };
}

function debOf(seed, size) {
  const payload = Buffer.alloc(Math.max(64, size - 140));
  const start = Number(BigInt(`0x${digest("md5", seed).slice(0, 12)}`) % BigInt(NOISE.length));
  for (let at = 0; at < payload.length; at += NOISE.length - start)
    NOISE.copy(payload, at, start, Math.min(NOISE.length, start + payload.length - at));
  payload.write(seed);
  const member = (name, bytes) =>
    Buffer.concat([
      Buffer.from(
        `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
      ),
      bytes,
      Buffer.alloc(bytes.length % 2, "\n"),
    ]);
  const version = member("debian-binary", Buffer.from("2.0\n"));
  return Buffer.concat([Buffer.from("!<arch>\n"), version, member("data.tar", payload)]);
}

/** Some tools know what is new by its time alone, to the second: `date` is that of all its files. */
function publish(directory, packages, date) {
  const root = join(directory, "www/dists/stable");
  rmSync(root, { recursive: true, force: true });
  const listed = [];
  for (const component of COMPONENTS) {
    const own = packages.filter((one) => one.component === component);
    const text = Buffer.from(own.map(({ stanza }) => stanza).join("\n"));
    const plain = `${component}/binary-amd64/Packages`;
    listed.push([plain, text]);
    for (const [extension, pack] of Object.entries(PACKERS)) {
      const bytes = pack(text);
      listed.push([`${plain}.${extension}`, bytes]);
      const path = join(root, `${plain}.${extension}`);
      mkdirSync(join(dirname(path), "by-hash/SHA256"), { recursive: true });
      writeFileSync(path, bytes);
      linkSync(path, join(dirname(path), "by-hash/SHA256", digest("sha256", bytes)));
    }
  }
  const lines = (algorithm) =>
    listed.map(([path, bytes]) => ` ${digest(algorithm, bytes)} ${bytes.length} ${path}\n`);
  const release = join(root, "Release");
  writeFileSync(
    release,
    `Origin: Synthetic
Label: Synthetic
Suite: stable
Codename: stable
Date: ${date.toUTCString().replace("GMT", "UTC")}
Acquire-By-Hash: yes
Architectures: amd64
Components: ${COMPONENTS.join(" ")}
Description: synthetic archive
MD5Sum:
${lines("md5").join("")}SHA256:
${lines("sha256").join("")}`,
  );
  const home = join(directory, "gnupg");
  gpg(home, "--clearsign", "-o", join(root, "InRelease"), release);
  gpg(home, "--armor", "--detach-sign", "-o", join(root, "Release.gpg"), release);
  execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"], { stdio: "ignore" });
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), date, date);
}

const PACKERS = {
  gz: (text) => gzipSync(text),
  xz: (text) => execFileSync("xz", ["-2", "-c"], { input: text, maxBuffer: 1 << 30 }),
};

function digest(algorithm, bytes) {
  return createHash(algorithm).update(bytes).digest("hex");
}

function gpg(home, ...args) {
  return execFileSync("gpg", ["--homedir", home, "--batch", "--yes", "--quiet", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** Lets `served`/m show an upstream, in one step. */
export function showUpstream(served, { directory }) {
  const link = join(served, ".m");
  symlinkSync(join(directory, "www"), link);
  renameSync(link, join(served, "m"));
}

/** The paths and digests that a later upstream has and the earlier one has not. */
export function newPackages(before, after) {
  const known = new Set(before?.packages.map(({ path }) => path) ?? []);
  return after.packages.filter(({ path }) => !known.has(path));
}
