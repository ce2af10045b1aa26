import { createHash } from "node:crypto";
import { buildDeb, controlFields } from "./deb.js";
import {
  isFlat,
  type PackageSpec,
  type SourcePackageSpec,
  type SuiteSpec,
  suiteDirectory,
} from "./repository-spec.js";
import { type BuiltSource, buildSource, sourceStanza } from "./source.js";
import { stanzaText } from "./stanza.js";

/** A package as a suite lists it. */
export interface PoolEntry {
  readonly component: string;
  /** Of the binary package, or `source`. */
  readonly architecture: string;
  readonly udeb: boolean;
  /** Its stanza in the index, without the blank line after it. */
  readonly stanza: string;
  /** The same with a one-line description and its digest, for suites with translations. */
  readonly shortStanza: string;
  /** Path below the repository to content; empty for what is listed but absent. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const debs = new WeakMap<PackageSpec, Promise<Uint8Array>>();
const sources = new WeakMap<SourcePackageSpec, Promise<BuiltSource>>();

/** Builds a binary package and its index stanza. */
export async function packageEntry(suite: SuiteSpec, spec: PackageSpec): Promise<PoolEntry> {
  const built = debs.get(spec) ?? buildDeb(spec);
  debs.set(spec, built);
  const bytes = await built;
  const architecture = spec.architecture ?? "amd64";
  const component = spec.component ?? suite.components?.[0] ?? "main";
  const version = spec.version.replace(/^\d+:/, "");
  const name = `${spec.package}_${version}_${architecture}.${spec.udeb === true ? "udeb" : "deb"}`;
  const directory = poolDirectory(suite, component, spec.source ?? spec.package);
  const path = spec.filename ?? joinPath(directory, name);
  const control = controlFields(spec);
  const description = control.Description ?? "";
  const location = {
    Filename: filenameIn(suite, path),
    Size: String(bytes.byteLength),
    MD5sum: digest("md5", bytes),
    SHA1: digest("sha1", bytes),
    SHA256: digest("sha256", bytes),
    ...spec.entry,
  };
  const short = {
    Description: description.split("\n")[0],
    "Description-md5": digest("md5", Buffer.from(`${description}\n`)),
  };
  return {
    component,
    architecture,
    udeb: spec.udeb === true,
    stanza: stanzaText({ ...control, ...location }),
    shortStanza: stanzaText({ ...control, ...short, ...location }),
    files: new Map(spec.absent === true ? [] : [[path, bytes]]),
  };
}

/** Builds a source package and its index stanza. */
export async function sourceEntry(suite: SuiteSpec, spec: SourcePackageSpec): Promise<PoolEntry> {
  const built = sources.get(spec) ?? buildSource(spec);
  sources.set(spec, built);
  const source = await built;
  const component = spec.component ?? suite.components?.[0] ?? "main";
  const directory = poolDirectory(suite, component, spec.package);
  const stanza = sourceStanza(spec, source, filenameIn(suite, directory) || ".");
  const files = [source.dsc, ...source.files];
  return {
    component,
    architecture: "source",
    udeb: false,
    stanza,
    shortStanza: stanza,
    files: new Map(
      spec.absent === true ? [] : files.map((file) => [joinPath(directory, file.name), file.bytes]),
    ),
  };
}

function poolDirectory(suite: SuiteSpec, component: string, source: string): string {
  if (isFlat(suite.suite)) {
    return suiteDirectory(suite.suite);
  }
  const letter = source.startsWith("lib") ? source.slice(0, 4) : source.slice(0, 1);
  return `pool/${component}/${letter}/${source}`;
}

function filenameIn(suite: SuiteSpec, path: string): string {
  if (!isFlat(suite.suite)) {
    return path;
  }
  const directory = suiteDirectory(suite.suite);
  if (suite.filenames === "suite" && directory !== "") {
    return path === directory ? "." : path.slice(directory.length + 1);
  }
  return suite.suite.startsWith("./") ? `./${path}` : path;
}

function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}
