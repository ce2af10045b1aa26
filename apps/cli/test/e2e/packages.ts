import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { run } from "./run.js";

/** A package that `dpkg-deb` builds. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  /** `amd64` by default. */
  readonly architecture?: string;
  readonly depends?: string;
  /** `misc`, or `debian-installer`, by default. */
  readonly section?: string;
  /** A package of debian-installer. */
  readonly udeb?: boolean;
}

/** The usual name of a package's file: without the epoch. */
export function fileName({ name, version, architecture = "amd64", udeb = false }: Deb): string {
  return `${name}_${version.replace(/^\d+:/, "")}_${architecture}.${udeb ? "udeb" : "deb"}`;
}

/** Builds a package as that file, by `dpkg-deb`. */
export async function buildDeb(file: string, deb: Deb): Promise<void> {
  const { name, version, architecture = "amd64", depends, udeb = false } = deb;
  const { section = udeb ? "debian-installer" : "misc" } = deb;
  const build = await temporaryDirectory("deb-");
  const [control, data] = [join(build.path, "DEBIAN"), join(build.path, "usr/share/doc", name)];
  for (const directory of [control, data, dirname(file)]) mkdirSync(directory, { recursive: true });
  for (const directory of [build.path, control]) chmodSync(directory, 0o755);
  writeFileSync(join(data, "README"), `${name} ${version} ${architecture}\n`.repeat(500));
  const fields = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: Archive <archive@example.org>",
    ...(depends === undefined ? [] : [`Depends: ${depends}`]),
    `Section: ${section}`,
    "Priority: optional",
    `Description: ${name}, built for a test`,
    " It does nothing.",
    "",
  ];
  writeFileSync(join(control, "control"), fields.join("\n"));
  await run("dpkg-deb", ["--build", "--root-owner-group", "-Zgzip", build.path, file]);
  await build.remove();
}

/** Builds packages in a directory that need not be there, and returns the paths in their order. */
export async function writePackages(directory: string, debs: readonly Deb[]): Promise<string[]> {
  return Promise.all(
    debs.map(async (deb) => {
      const path = join(directory, fileName(deb));
      await buildDeb(path, deb);
      return path;
    }),
  );
}

/** The files of a source package, by name: what apt fetches, not what dpkg builds. */
export function sourceFiles(name: string, version: string): Readonly<Record<string, string>> {
  const tarball = `${name}_${version}.orig.tar.gz`;
  const content = `no tarball, but bytes of ${name} ${version}\n`.repeat(100);
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

/**
 * Builds a source package of format 3.0 (quilt) with upstream's signature, by `dpkg-source`.
 *
 * @param version - with a revision
 * @returns the path of its `.dsc`
 */
export async function writeSource(
  directory: string,
  name: string,
  version: string,
): Promise<string> {
  const upstream = version.slice(0, version.lastIndexOf("-"));
  const folder = `${name}-${upstream}`;
  const root = join(directory, folder);
  mkdirSync(join(root, "debian/source"), { recursive: true });
  writeFileSync(join(root, "README"), `${name} ${upstream}\n`);
  const tarball = `${name}_${upstream}.orig.tar.xz`;
  await run("tar", ["-cJf", tarball, folder], directory);
  writeFileSync(join(directory, `${tarball}.asc`), "-----BEGIN PGP SIGNATURE-----\n");
  const maintainer = "Maker <maker@example.org>";
  const files = {
    "source/format": "3.0 (quilt)\n",
    control: `Source: ${name}
Section: misc
Priority: optional
Maintainer: ${maintainer}

Package: ${name}
Architecture: any
Description: made for a test
`,
    changelog: `${name} (${version}) unstable; urgency=medium

  * Made for a test.

 -- ${maintainer}  Mon, 01 Jan 2024 00:00:00 +0000
`,
    rules: "#!/usr/bin/make -f\n",
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, "debian", path), text);
  await run("dpkg-source", ["--build", folder], directory);
  return join(directory, `${name}_${version}.dsc`);
}
