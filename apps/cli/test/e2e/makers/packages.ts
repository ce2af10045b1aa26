import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDeb, type DebSpec } from "@mirror/testkit";
import { run } from "./run.js";

/** A package and what file it becomes. */
export interface PackageFile extends DebSpec {
  /** A package of debian-installer. */
  readonly udeb?: boolean;
}

/** Writes packages into a directory that need not be there, and returns the paths in their order. */
export async function writePackages(
  directory: string,
  packages: readonly PackageFile[],
): Promise<string[]> {
  mkdirSync(directory, { recursive: true });
  return Promise.all(
    packages.map(async ({ udeb = false, ...spec }) => {
      const { package: name, architecture = "amd64" } = spec;
      const version = spec.version.replace(/^\d+:/, "");
      const path = join(directory, `${name}_${version}_${architecture}.${udeb ? "udeb" : "deb"}`);
      const section = udeb ? { section: "debian-installer" } : {};
      writeFileSync(path, await buildDeb({ ...section, ...spec }));
      return path;
    }),
  );
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
