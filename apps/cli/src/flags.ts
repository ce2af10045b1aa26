import type { Verb } from "./verbs.js";

/** Flags that every command takes, before or after its name. */
export interface Flags {
  /** `--config`; without it `MIRRORCTL_CONFIG`, else `/etc/mirrorctl/mirror.toml`. */
  readonly config: string | undefined;
  readonly logLevel: "debug" | "info" | "warn" | "error" | undefined;
  /** Print nothing on success. */
  readonly quiet: boolean;
  /** Add codes, causes and stack traces to errors. */
  readonly verboseErrors: boolean;
  readonly noPgpCheck: boolean;
  readonly dryRun: boolean;
  /** One JSON document on stdout. */
  readonly json: boolean;
  readonly noColor: boolean;
  /** Wait for a lock that somebody else holds. */
  readonly wait: boolean;
}

/** What was typed for one command besides the flags of all commands. */
export interface Words {
  /** The positionals of that name, in their order; none where it was left out. */
  readonly positionals: Readonly<Record<string, readonly string[]>>;
  /** Its own options that were given a value. */
  readonly values: Readonly<Record<string, string>>;
  /** The values of those that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Its own switches that were typed. */
  readonly switches: ReadonlySet<string>;
}

/** What the command line asks for. */
export type Command =
  | { readonly verb: Verb; readonly words: Words; readonly flags: Flags }
  | { readonly verb: "help"; readonly text: string };
