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
  readonly log: LogConfig;
  /** In the order of the files; never empty. */
  readonly mirrors: readonly MirrorConfig[];
}

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
}
