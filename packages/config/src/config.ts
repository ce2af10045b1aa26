/** A configuration that was read, defaulted, overlaid and found right. */
export interface Config {
  /** The main file, as it was named. */
  readonly path: string;
  /** Where the mirrors live: absolute, without a trailing slash. */
  readonly dir: string;
  /** Connections per mirror, and to one upstream host over all mirrors; at least 1. */
  readonly maxConns: number;
  /** Mirrors synced at a time; at least 1. */
  readonly parallel: number;
  readonly minFree: MinFree;
  readonly log: LogConfig;
  /** In the order of the files; never empty. */
  readonly mirrors: readonly MirrorConfig[];
}

/** What a sync leaves free of a file system: a share of its size, 0 to 1, or bytes. */
export type MinFree =
  | { readonly share: number; readonly atMost?: number }
  | { readonly bytes: number };

/** How much is logged, and how it looks. */
export interface LogConfig {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "plain" | "json";
}

/** One mirror, with every default filled in. */
export interface MirrorConfig {
  /** `^[a-z0-9][a-z0-9_-]*$`. */
  readonly id: string;
  readonly type: "apt";
  /** Base URLs in the order they are asked, each ending in `/`; may hold credentials. */
  readonly urls: readonly string[];
  /** Suites as below `dists/`; one that ends in `/` is a flat repository, `/` is its root. */
  readonly suites: readonly string[];
  /** Those of the suites that are never asked for upstream. */
  readonly frozen: readonly string[];
  /** Components; may be empty only if every suite is flat. */
  readonly sections: readonly string[];
  /** Without `all`, which is always implied; may be empty only if every suite is flat. */
  readonly architectures: readonly string[];
  readonly mirrorSource: boolean;
  readonly indices: IndicesConfig;
  /** Absolute paths of keyrings; empty stands for the system's. */
  readonly pgpKeyPath: readonly string[];
  /** Upper-case hex, 40 or 64 digits; empty stands for every key of the keyrings. */
  readonly pgpFingerprints: readonly string[];
  readonly noPgpCheck: boolean;
  readonly checkValidUntil: boolean;
  readonly allowRollback: boolean;
  readonly allowReleaseInfoChange: boolean;
  /** How far a date may lie in the future, in ms. */
  readonly maxFuture: number;
  readonly byHash: "auto" | "yes" | "no";
  /** Globs of pool files and indices, relative to the repository. */
  readonly ignoreMissing: readonly string[];
  /** The largest part of the packages that a sync may lose at once: 0 to 1. */
  readonly maxShrink: number;
  /** Trace files as mirrors of official archives have them; absent: none. */
  readonly trace?: TraceConfig;
  readonly filters: FiltersConfig;
  /** Absent: upstream's signed metadata as they are. */
  readonly sign?: SignConfig;
  readonly snapshot: SnapshotConfig;
  /** Stage the snapshot of each sync: the first environment shows it. */
  readonly publishToStaging: boolean;
  /** What the links of the mirror's own directory show: `latest`, or an environment by its name. */
  readonly rootShows: string;
  readonly promote: PromoteConfig;
  /** Further tries of a request that failed. */
  readonly retries: number;
  /** Silence after which a connection is given up, in ms; below 2^31. */
  readonly stallTimeout: number;
  /** Time after which a file is given up, in ms; below 2^31. */
  readonly giveUpAfter: number;
  /** A URL, which may hold credentials, or `none`; absent: what the environment says. */
  readonly proxy?: string;
  /** Absolute path of credentials in apt's auth.conf or netrc form. */
  readonly authFile?: string;
  readonly tls: TlsConfig;
}

/** What the mirror's own trace file says. */
export interface TraceConfig {
  /** The name under which clients reach the mirror; lower case, with a dot. */
  readonly host: string;
  readonly maintainer?: string;
}

/** Which of the packages listed are mirrored; without any of these, all. */
export interface FiltersConfig {
  /** Newest versions that stay of each package; 0 keeps all. */
  readonly keepVersions: number;
  /** Regular expressions (RE2) on the package name, unanchored. */
  readonly excludePatterns: readonly string[];
  readonly includePatterns: readonly string[];
  /** Sections of packages, not of the archive. */
  readonly sections: readonly string[];
  readonly priorities: readonly string[];
  readonly withDependencies: boolean;
  readonly withRecommends: boolean;
  /** Absolute path of a file that names the packages. */
  readonly packageList?: string;
}

/** Whose signature a mirror's own Release gets; the files are not opened here. */
export interface SignConfig {
  /** Absolute path of a private OpenPGP key. */
  readonly keyPath: string;
  /** Absolute path of a file whose first line opens it. */
  readonly passphraseFile?: string;
  /** How long a Release is valid, in ms; absent: without end. */
  readonly validFor?: number;
}

/** The snapshots of one mirror, and the pointers that show them. */
export interface SnapshotConfig {
  /** Absolute path below which each mirror has a directory of its id. */
  readonly path: string;
  /** A layout for `formatGoTime`; every name that it makes fits `^[A-Za-z0-9][A-Za-z0-9._-]*$`. */
  readonly nameFormat: string;
  /**
   * The promotion path in its order, the last one is production; never empty. A name stands for a
   * pointer in the mirror's own directory; what begins with `/` is the path of one elsewhere.
   */
  readonly environments: readonly string[];
  /** Copy where hard links do not work. */
  readonly allowCopy: boolean;
  /** Each sync that changes something makes a snapshot. */
  readonly automatic: boolean;
  /** Newest snapshots kept; 0 keeps none by count. */
  readonly keepLast: number;
  /** Age below which a snapshot is kept, in ms. */
  readonly keepWithin?: number;
}

/** The gate that a snapshot passes before it is promoted. */
export interface PromoteConfig {
  readonly verify: "quick" | "full" | "off";
  /** Of each suite, component and architecture. */
  readonly minPackages?: number;
  /** Greatest loss of packages of each suite, component and architecture: 0 to 1. */
  readonly maxShrink?: number;
  readonly requireValid: boolean;
  /** Program and arguments; never empty. */
  readonly command?: readonly string[];
  /** Time that the command has, in ms; below 2^31. */
  readonly timeout: number;
}

/** How servers are spoken to over TLS; the files are not opened here. */
export interface TlsConfig {
  readonly minVersion: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Trust any server. */
  readonly insecureSkipVerify: boolean;
  /** Absolute path of the certificates that replace the system's. */
  readonly caCertFile?: string;
  /** Absolute path; given with `clientKeyFile` or not at all. */
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
  /** IANA names in the order of preference; a TLS version without one keeps its defaults. */
  readonly cipherSuites: readonly string[];
  /** The name that is asked for and verified in place of the URL's host; lower case. */
  readonly serverName?: string;
}

/** A version of TLS that may be asked for. */
export type TlsVersion = "1.2" | "1.3";

/** Index kinds beyond Packages and Sources. */
export interface IndicesConfig {
  /** All translations, those of the languages named, or none. */
  readonly translations: "all" | readonly string[] | false;
  readonly contents: boolean;
  readonly commands: boolean;
  readonly dep11: boolean;
  readonly installer: boolean;
  readonly pdiffs: boolean;
}
