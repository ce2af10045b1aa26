import { createHash } from "node:crypto";
import { tarOf } from "./archive.js";
import { compress } from "./compression.js";
import { type Fields, stanzaText } from "./stanza.js";

/** What a source package holds. */
export interface SourceSpec {
  readonly package: string;
  /** With a revision (`1.0-1`): an `.orig.tar.gz` and a `.diff.gz`; without: one native `.tar.gz`. */
  readonly version: string;
  /** Names of the binary packages; the source's own name by default. */
  readonly binary?: readonly string[];
  /** Of the binary packages, `any` by default. */
  readonly architecture?: string;
  readonly section?: string;
  /** Path below the source directory to content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** More fields, or other values, for the stanza in `Sources`. */
  readonly fields?: Fields;
}

/** A file of a source package. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A built source package: its description first, then what that lists. */
export interface BuiltSource {
  readonly dsc: SourceFile;
  readonly files: readonly SourceFile[];
}

/**
 * A real source package of format 1.0, unsigned; equal specs give equal bytes.
 *
 * @example
 * ```ts
 * const { dsc, files } = await buildSource({ package: "hello", version: "1.0-1" });
 * ```
 */
export async function buildSource(spec: SourceSpec): Promise<BuiltSource> {
  const version = spec.version.replace(/^\d+:/, "");
  const dash = version.lastIndexOf("-");
  const upstream = dash === -1 ? version : version.slice(0, dash);
  const directory = `${spec.package}-${upstream}`;
  const packaging = packagingFiles(spec);
  const content = Object.entries(spec.files ?? { README: `${spec.package} ${upstream}\n` });
  const inTar = dash === -1 ? [...content, ...Object.entries(packaging)] : content;
  const tar = await tarOf(
    inTar.map(([path, bytes]) => ({
      name: `${directory}/${path}`,
      bytes: Buffer.from(bytes),
      mode: path === "debian/rules" ? 0o755 : 0o644,
    })),
  );
  const packed = await compress(tar, "gz");
  const files: SourceFile[] =
    dash === -1
      ? [{ name: `${spec.package}_${version}.tar.gz`, bytes: packed }]
      : [
          { name: `${spec.package}_${upstream}.orig.tar.gz`, bytes: packed },
          {
            name: `${spec.package}_${version}.diff.gz`,
            bytes: await compress(Buffer.from(addingDiff(directory, packaging)), "gz"),
          },
        ];
  const dsc = stanzaText({
    Format: "1.0",
    Source: spec.package,
    ...sharedFields(spec),
    ...checksumFields(files),
  });
  return { dsc: { name: `${spec.package}_${version}.dsc`, bytes: Buffer.from(dsc) }, files };
}

/** The stanza of a `Sources` index for a built source whose files lie in `directory`. */
export function sourceStanza(spec: SourceSpec, built: BuiltSource, directory: string): string {
  return stanzaText({
    Package: spec.package,
    Format: "1.0",
    ...sharedFields(spec),
    ...checksumFields([built.dsc, ...built.files]),
    Directory: directory,
    Priority: "optional",
    Section: spec.section ?? "misc",
    ...spec.fields,
  });
}

function sharedFields(spec: SourceSpec): Fields {
  return {
    Binary: (spec.binary ?? [spec.package]).join(", "),
    Architecture: spec.architecture ?? "any",
    Version: spec.version,
    Maintainer: "Test Maintainer <maintainer@example.org>",
    "Standards-Version": "4.6.2",
  };
}

function checksumFields(files: readonly SourceFile[]): Fields {
  const lines = (algorithm: string): string =>
    files
      .map(({ name, bytes }) => {
        const digest = createHash(algorithm).update(bytes).digest("hex");
        return `\n ${digest} ${bytes.byteLength} ${name}`;
      })
      .join("");
  return {
    "Checksums-Sha1": lines("sha1"),
    "Checksums-Sha256": lines("sha256"),
    Files: lines("md5"),
  };
}

function packagingFiles(spec: SourceSpec): Record<string, string> {
  const maintainer = "Test Maintainer <maintainer@example.org>";
  const binaries = (spec.binary ?? [spec.package]).map(
    (name) =>
      `\n${stanzaText({ Package: name, Architecture: spec.architecture ?? "any", Description: `${name}, made for a test` })}`,
  );
  return {
    "debian/control": `${stanzaText({ Source: spec.package, Section: spec.section ?? "misc", Priority: "optional", Maintainer: maintainer })}${binaries.join("")}`,
    "debian/changelog": `${spec.package} (${spec.version}) unstable; urgency=medium\n\n  * Made for a test.\n\n -- ${maintainer}  Mon, 01 Jan 2024 00:00:00 +0000\n`,
    "debian/rules": "#!/usr/bin/make -f\n%:\n\ttrue\n",
  };
}

function addingDiff(directory: string, files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([path, text]) => {
      const lines = text.replace(/\n$/, "").split("\n");
      const added = lines.map((line) => `+${line}\n`).join("");
      return `--- ${directory}.orig/${path}\n+++ ${directory}/${path}\n@@ -0,0 +1,${lines.length} @@\n${added}`;
    })
    .join("");
}
