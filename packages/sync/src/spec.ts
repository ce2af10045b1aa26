import type { Fetcher } from "@mirror/fetch";
import type { Collection, SealedTree, Space } from "@mirror/snapshot";
import type { Keyring, SigningKey } from "@mirror/verify";

import type { SyncEvent } from "./events.js";
import type { Packer } from "./ports/pack.js";
import type { Unpacker } from "./ports/unpack.js";
import type { ReuseDirectory } from "./reuse-directory.js";

/**
 * One mirror of an APT repository: what is wanted, from where, and how it is judged.
 *
 * Plain data. Everything that decides what the published tree holds goes into the digest of its
 * settings, so that a change of configuration is noticed although upstream stayed the same.
 */
export interface MirrorSpec {
  /** The mirror's name: `^[a-z0-9][a-z0-9_-]*$`. */
  readonly id: string;
  /** Base URLs (http, https or file), each ending in `/`, asked in this order. */
  readonly urls: readonly string[];
  /** Suites or codenames as they stand below `dists/`; one that ends in `/` is a flat repository. */
  readonly suites: readonly string[];
  /** Those of the suites that stay as the present tree has them, and are never asked for. */
  readonly frozen?: readonly string[];
  /** Components, with or without their prefix (`main`, `updates/main`); none for flat suites. */
  readonly components: readonly string[];
  /** Architectures without `all`, which is always implied; `[]` takes every stanza of a flat suite. */
  readonly architectures: readonly string[];
  /** Mirror source packages too. */
  readonly sources: boolean;
  readonly indices: IndexKinds;
  /** `auto` follows `Acquire-By-Hash` of each suite. */
  readonly byHash: "auto" | "yes" | "no";
  /** Globs of pool files and indices that upstream may lack. */
  readonly ignoreMissing: readonly string[];
  /** The largest part of its packages that a tree may lose at once, 0 to 1; any if not given. */
  readonly maxShrink?: number;
  /** Which of the packages listed are mirrored; all if not given. */
  readonly filters?: Filters;
  readonly trust: Trust;
  readonly freshness: Freshness;
  /** If given, clients get a Release of the mirror's own, which lists only what the tree holds. */
  readonly sign?: Sign;
  /** Trace files below `project/trace/`, which nothing signs; none if not given. */
  readonly trace?: TraceSpec;
}

/** What a mirror's own trace file says, besides what came of the sync. */
export interface TraceSpec {
  /** The name under which clients reach the mirror: that of its trace file. */
  readonly host: string;
  /** Program and version. */
  readonly creator: string;
  /** Whom to ask, one line. */
  readonly maintainer?: string;
}

/** Index kinds beyond Packages and Sources that are mirrored where a Release lists them. */
export interface IndexKinds {
  /** `i18n/Translation-*`: all, the languages named, or none. */
  readonly translations: "all" | readonly string[] | false;
  /** `Contents-*`, at suite or component level. */
  readonly contents: boolean;
  /** `cnf/Commands-*`. */
  readonly commands: boolean;
  /** `dep11/Components-*` and `dep11/icons-*`. */
  readonly dep11: boolean;
  /** `debian-installer/binary-*`, and the images below `installer-*`; default false. */
  readonly installer?: boolean;
  /** `Packages.diff/Index` and its like, each with the patches that it lists; default false. */
  readonly pdiffs?: boolean;
}

/**
 * Which packages stay. The first four and the list choose by what a stanza says, then
 * `keepVersions` counts, then dependencies are added.
 */
export interface Filters {
  /** RE2 expressions searched for in the package's name; what one matches never stays. */
  readonly excludePatterns: readonly string[];
  /** As above; if not empty, one must match. */
  readonly includePatterns: readonly string[];
  /** If not empty, those of the packages that stay: `libs` takes `non-free/libs` too. */
  readonly sections: readonly string[];
  /** If not empty, those of the packages that stay. */
  readonly priorities: readonly string[];
  /**
   * If given, the packages that stay, one a line: `name`, `name:arch`, `name=version`, or a line of
   * `dpkg --get-selections`; `#` begins a comment.
   */
  readonly packageList?: string;
  /** Newest versions that stay of each package of an index; 0 keeps all. */
  readonly keepVersions: number;
  /** Add what these depend on, from any suite, component and architecture of the mirror. */
  readonly withDependencies: boolean;
  /** With dependencies: what is recommended too. */
  readonly withRecommends: boolean;
}

/** Whose signature makes a Release count; `check: false` takes any, signed or not. */
export type Trust =
  | {
      readonly check: true;
      /** Read when the first signature must be checked: a run that finds nothing new loads no OpenPGP. */
      keyring(): Promise<Keyring>;
      /** Changes when the bytes of any keyring file change: then what is there is verified again. */
      readonly keyringDigest: string;
      /** If not empty, only these primary keys count. */
      readonly fingerprints: readonly string[];
    }
  | { readonly check: false };

/** Whose signature the mirror's own Release files get. */
export interface Sign {
  /** Read when something is to be signed: a run that finds nothing new loads no OpenPGP. */
  key(): Promise<SigningKey>;
  /** Changes when the bytes of the key file change: then everything is signed again. */
  readonly keyDigest: string;
  /** How long a Release is valid, in ms; without it none says. It is signed again at half of it. */
  readonly validFor?: number;
}

/** How old, how new and how different from the one before a Release may be. */
export interface Freshness {
  /** Refuse a Release whose `Valid-Until` has passed. */
  readonly checkValidUntil: boolean;
  /** Accept a `Date` older than the newest accepted before. */
  readonly allowRollback: boolean;
  /** Accept another Codename, Origin or Label than before. */
  readonly allowReleaseInfoChange: boolean;
  /** How far `Date` and signatures may lie in the future, in ms. */
  readonly maxFuture: number;
}

/** The world as the engine sees it. */
export interface SyncPorts {
  readonly fetcher: Fetcher;
  /** Where this mirror's trees, pointers and state live. */
  readonly collection: Collection;
  readonly unpacker: Unpacker;
  /** Used only where the mirror signs. */
  readonly packer: Packer;
  /** Where contents may be besides in the tree that `latest` shows; nowhere if not given. */
  readonly elsewhere?: Elsewhere;
  now(): Date;
  /** What the file system of a directory, which need not exist yet, has left. */
  freeSpace(directory: string): Promise<FreeSpace>;
  /** Told what happens, as it happens; must not throw. */
  onEvent(event: SyncEvent): void;
}

/** Where a content is looked for before it is downloaded. */
export interface Elsewhere {
  /** Sealed trees, the likeliest first; asked for only where something is lacking. */
  trees(): Promise<readonly SealedTree[]>;
  /** Directories of other tools, which are read and never changed. */
  readonly directories: readonly ReuseDirectory[];
}

/** What a file system has left for this user; `Infinity` where it has no such limit. */
export interface FreeSpace {
  readonly bytes: number;
  readonly inodes: number;
  /** Of the bytes, those that are to stay free; none if not given. */
  readonly reserve?: number;
  /** What others are about to take of it; nothing if not given. */
  readonly claimed?: Space;
}
