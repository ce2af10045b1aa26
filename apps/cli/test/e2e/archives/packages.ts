import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runTool } from "@mirror/testkit";

/** A package that `dpkg-deb` builds. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  /** `amd64` by default. */
  readonly architecture?: string;
  readonly depends?: string;
}

/** Builds a package by `dpkg-deb`, from a directory that is made for it. */
export async function buildDeb(build: string, file: string, deb: Deb): Promise<void> {
  const { name, version, architecture = "amd64", depends } = deb;
  for (const directory of [join(build, "DEBIAN"), join(build, "usr/share", name), dirname(file)]) {
    mkdirSync(directory, { recursive: true });
  }
  for (const directory of [build, join(build, "DEBIAN")]) chmodSync(directory, 0o755);
  writeFileSync(join(build, "usr/share", name, "data"), `${name} ${version} ${architecture}\n`);
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: Archive <archive@example.org>",
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    `Description: ${name} of an imitation`,
    "",
  ];
  writeFileSync(join(build, "DEBIAN/control"), control.join("\n"));
  await succeed("dpkg-deb", ["--build", "--root-owner-group", "-Zgzip", build, file]);
}

/** The usual name of a package's file: without the epoch. */
export function fileName({ name, version, architecture = "amd64" }: Deb): string {
  return `${name}_${version.replace(/^\d+:/, "")}_${architecture}.deb`;
}

/** The files of a source package, by name: what apt fetches, not what dpkg builds. */
export function sourceFiles(name: string, version: string): Readonly<Record<string, string>> {
  const tarball = `${name}_${version}.orig.tar.gz`;
  const content = `no tarball, but bytes of ${name} ${version}\n`.repeat(20);
  const sum = (algorithm: string) => createHash(algorithm).update(content).digest("hex");
  const dsc = `Format: 1.0
Source: ${name}
Binary: ${name}
Architecture: any
Version: ${version}
Maintainer: Archive <archive@example.org>
Checksums-Sha256:
 ${sum("sha256")} ${content.length} ${tarball}
Files:
 ${sum("md5")} ${content.length} ${tarball}
`;
  return { [tarball]: content, [`${name}_${version}.dsc`]: dsc };
}

/** Runs a program that is to succeed. */
export async function succeed(tool: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runTool(tool, args);
  if (exitCode !== 0) throw new Error(`${tool}: exit status ${exitCode}: ${stderr}`);
}
