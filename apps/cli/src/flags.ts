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

/** What the command line asks for. */
export type Command =
  | { readonly verb: "sync"; readonly ids: readonly string[]; readonly flags: Flags }
  | { readonly verb: "check config"; readonly flags: Flags }
  | { readonly verb: "check tls"; readonly ids: readonly string[]; readonly flags: Flags }
  | { readonly verb: "version"; readonly flags: Flags }
  | { readonly verb: "help"; readonly text: string };
