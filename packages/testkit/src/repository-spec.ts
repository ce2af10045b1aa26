import type { Compression } from "./compression.js";
import type { DebSpec } from "./deb.js";
import type { TestKey } from "./key.js";
import type { SourceSpec } from "./source.js";
import type { Fields } from "./stanza.js";

/** A binary package of a suite. */
export interface PackageSpec extends DebSpec {
  /** The suite's first component by default. */
  readonly component?: string;
  /** Where the file lies and what the index calls it, relative to the repository; by default as Debian's pool has it. */
  readonly filename?: string;
  /** Listed, but no file lies there. */
  readonly absent?: boolean;
  /** Fields of the index stanza that say something else than the truth; undefined leaves one out. */
  readonly entry?: Fields;
  /** For the installer: listed in `debian-installer/binary-<arch>` and called `.udeb`. */
  readonly udeb?: boolean;
}

/** A source package of a suite. */
export interface SourcePackageSpec extends SourceSpec {
  /** The suite's first component by default. */
  readonly component?: string;
  /** Listed, but no files lie there. */
  readonly absent?: boolean;
}

/** A file that says what a suite holds. */
export type ReleaseForm = "InRelease" | "Release" | "Release.gpg";

/** A hash list of a Release file, and the directory of that name below `by-hash`. */
export type HashList = "MD5Sum" | "SHA1" | "SHA256" | "SHA512";

/** One suite of a repository; every part that is left out is as Debian has it. */
export interface SuiteSpec {
  /** The directory below `dists`, may hold slashes; one that ends in `/` makes a flat repository in that directory of the root (`/`, `./`, `sub/`). */
  readonly suite: string;
  /** The Suite field; `suite` by default. */
  readonly suiteName?: string;
  /** The Codename field; `suite` by default. */
  readonly codename?: string;
  readonly origin?: string;
  readonly label?: string;
  /** `["main"]` by default; nothing in a flat repository. */
  readonly components?: readonly string[];
  /** Put before each name in the Components field only, e.g. `updates/`. */
  readonly componentPrefix?: string;
  /** `["amd64"]` by default; `all` is never one of them. */
  readonly architectures?: readonly string[];
  readonly packages?: readonly PackageSpec[];
  /** Makes `source/Sources`, also when empty. */
  readonly sources?: readonly SourcePackageSpec[];
  /** Makes `binary-all` too: `also` leaves Architecture-all packages in the other indices (with the field that says so), `only` takes them out. */
  readonly binaryAll?: "also" | "only";
  /** Languages of `i18n/Translation-*`; true means English. */
  readonly translations?: boolean | readonly string[];
  /** Makes `Contents-<arch>.gz` in each component, or one beside the Release. */
  readonly contents?: boolean | "suite";
  /** Makes `binary-<arch>/Release`. */
  readonly architectureReleases?: boolean;
  /** More index files by their path below the suite, compressed and listed as the others; also in the place of made ones. */
  readonly indices?: Readonly<Record<string, string | Uint8Array>>;
  /** Files by their path below the suite that lie there and are listed as they are, also in the place of made ones (a broken `Packages.gz`). */
  readonly verbatim?: Readonly<Record<string, string | Uint8Array>>;
  /** What lies on the server; plain, gz, and xz where the machine has it, by default. */
  readonly compressions?: readonly Compression[];
  /** Lists the plain form also where it does not lie on the server, as Debian does; true by default. */
  readonly listPlain?: boolean;
  /** Files below `by-hash` and the field that announces them; true by default. */
  readonly byHash?: boolean;
  /** MD5Sum, SHA1 and SHA256 by default. */
  readonly hashes?: readonly HashList[];
  /** The Date field; for later publications this is what to set. */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** More Release fields, or other values (also for a hash list); undefined leaves one out. */
  readonly fields?: Fields;
  /** Which Release files lie there; all three by default, without keys only `Release`. */
  readonly forms?: readonly ReleaseForm[];
  /** Release.gpg as bare packets, which apt refuses. */
  readonly binarySignature?: boolean;
  /** Instead of the repository's keys; an empty list leaves the suite unsigned. */
  readonly keys?: readonly TestKey[];
  /** Creation time of the signatures; now by default. */
  readonly signedAt?: Date;
  /** Digest of the signatures, `sha512` by default. */
  readonly signatureHash?: "sha1" | "sha256" | "sha512";
  /** What a flat repository's file names are relative to; `url` by default, as apt reads them. */
  readonly filenames?: "url" | "suite";
}

/** What {@link createRepository} publishes. */
export interface RepositorySpec {
  /** Sign every suite that has no keys of its own; none: unsigned. */
  readonly keys?: readonly TestKey[];
  /** The same, for one key. */
  readonly key?: TestKey;
  readonly suites: readonly SuiteSpec[];
}

/** What is different in one suite from now on: everything of {@link SuiteSpec} can be set anew. */
export interface SuiteChange extends Partial<SuiteSpec> {
  /** Packages to add; one of the same name, architecture and component takes the other's place. */
  readonly add?: readonly PackageSpec[];
  /** Names of packages to take out. */
  readonly remove?: readonly string[];
  readonly addSources?: readonly SourcePackageSpec[];
  readonly removeSources?: readonly string[];
}

/** What a new publication changes. */
export interface RepositoryChanges {
  /** The Date of all suites that are published; one second after the last one by default. */
  readonly date?: Date;
  /** By suite; the other suites are left as they are. Without this all are published again. */
  readonly suites?: Readonly<Record<string, SuiteChange>>;
}

/** Whether the suite is a flat repository. */
export function isFlat(suite: string): boolean {
  return suite.endsWith("/");
}

/** The directory of a suite's Release files relative to the root of the repository; empty for the root itself. */
export function suiteDirectory(suite: string): string {
  if (!isFlat(suite)) {
    return `dists/${suite}`;
  }
  return suite
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
}

/** The suite with a change carried out. */
export function changeSuite(suite: SuiteSpec, change: SuiteChange): SuiteSpec {
  const { add = [], remove = [], addSources = [], removeSources = [], ...settings } = change;
  const changed: SuiteSpec = { ...suite, ...settings };
  const identity = (spec: PackageSpec): string =>
    `${spec.package} ${spec.architecture ?? "amd64"} ${spec.component ?? ""}`;
  const replaced = new Set(add.map(identity));
  const packages = [
    ...(changed.packages ?? []).filter(
      (spec) => !replaced.has(identity(spec)) && !remove.includes(spec.package),
    ),
    ...add,
  ];
  if (changed.sources === undefined && addSources.length === 0) {
    return { ...changed, packages };
  }
  const replacedSources = [...removeSources, ...addSources.map((spec) => spec.package)];
  const kept = (changed.sources ?? []).filter((spec) => !replacedSources.includes(spec.package));
  return { ...changed, packages, sources: [...kept, ...addSources] };
}
