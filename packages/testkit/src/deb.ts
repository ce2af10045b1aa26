import { createCipheriv, createHash } from "node:crypto";
import { type ArchiveFile, arOf, tarOf } from "./archive.js";
import { compress } from "./compression.js";
import { type Fields, stanzaText } from "./stanza.js";

/** What a binary package holds. */
export interface DebSpec {
  readonly package: string;
  readonly version: string;
  /** `amd64` by default. */
  readonly architecture?: string;
  readonly depends?: string;
  readonly recommends?: string;
  /** The source package, when it is called otherwise. */
  readonly source?: string;
  readonly section?: string;
  readonly priority?: string;
  /** First line is the synopsis; later lines the long text, unindented. */
  readonly description?: string;
  /** Path below `/` (without the slash) to content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Bytes of incompressible content to put in besides, so that the package is about that large. */
  readonly payload?: number;
  /** More control fields, or other values for those above. */
  readonly fields?: Fields;
  /** Of control and data, `gz` by default. */
  readonly compression?: "" | "gz" | "xz";
}

/**
 * A real binary package (deb(5), format 2.0); equal specs give equal bytes.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL` when `compression` is `xz` and the machine lacks it
 * @example
 * ```ts
 * await writeFile("hello_1.0_amd64.deb", await buildDeb({ package: "hello", version: "1.0" }));
 * ```
 */
export async function buildDeb(spec: DebSpec): Promise<Uint8Array> {
  const files = dataFiles(spec);
  const sums = files.map(
    ({ name, bytes }) => `${createHash("md5").update(bytes).digest("hex")}  ${name.slice(2)}\n`,
  );
  const control: ArchiveFile[] = [
    { name: "./control", bytes: Buffer.from(stanzaText(controlFields(spec))) },
    { name: "./md5sums", bytes: Buffer.from(sums.join("")) },
  ];
  const compression = spec.compression ?? "gz";
  const extension = compression === "" ? "" : `.${compression}`;
  return arOf([
    { name: "debian-binary", bytes: Buffer.from("2.0\n") },
    { name: `control.tar${extension}`, bytes: await compress(await tarOf(control), compression) },
    { name: `data.tar${extension}`, bytes: await compress(await tarOf(files), compression) },
  ]);
}

/** The control stanza of the package, in the order in which dpkg writes it. */
export function controlFields(spec: DebSpec): Fields {
  const bytes = dataFiles(spec).reduce((sum, file) => sum + file.bytes.byteLength, 0);
  return {
    Package: spec.package,
    Source: spec.source,
    Version: spec.version,
    Architecture: spec.architecture ?? "amd64",
    Maintainer: "Test Maintainer <maintainer@example.org>",
    "Installed-Size": String(Math.ceil(bytes / 1024)),
    Depends: spec.depends,
    Recommends: spec.recommends,
    Section: spec.section ?? "misc",
    Priority: spec.priority ?? "optional",
    Description: fullDescription(spec),
    ...spec.fields,
  };
}

/** The value of the Description field with the long text indented as Debian policy 5.6.13 has it. */
export function fullDescription(spec: DebSpec): string {
  const text = spec.description ?? `${spec.package}, made for a test\nIt does nothing.`;
  const [synopsis = "", ...rest] = text.split("\n");
  return [synopsis, ...rest.map((line) => (line === "" ? " ." : ` ${line}`))].join("\n");
}

/** The paths that the package installs, without a leading slash. */
export function installedPaths(spec: DebSpec): string[] {
  return dataFiles(spec).map((file) => file.name.slice(2));
}

function dataFiles(spec: DebSpec): ArchiveFile[] {
  const readme = `usr/share/doc/${spec.package}/README`;
  const files: ArchiveFile[] = Object.entries(
    spec.files ?? { [readme]: `${spec.package} ${spec.version}\n` },
  ).map(([path, content]) => ({ name: `./${path}`, bytes: Buffer.from(content) }));
  if (spec.payload !== undefined) {
    files.push({
      name: `./usr/share/${spec.package}/payload`,
      bytes: noise(`${spec.package} ${spec.version}`, spec.payload),
    });
  }
  return files;
}

function noise(seed: string, length: number): Uint8Array {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
