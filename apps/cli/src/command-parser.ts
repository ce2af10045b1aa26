import yargs, { type Argv } from "yargs";
import { CliError } from "./error.js";

/** Commands that are built. */
export type Verb = "sync" | "check config" | "check tls" | "version";

/** Options and words by name, as they were typed. */
export type Parsed = Readonly<Record<string, unknown>> & {
  readonly _: readonly (string | number)[];
};

/**
 * The commands and options as yargs knows them. It prints nothing and ends nothing: `choose` is told
 * which command was typed, mistakes are thrown.
 * @throws CliError ERR_CLI_USAGE.
 */
export function createParser(columns: number, choose: (verb: Verb, parsed: Parsed) => void): Argv {
  return (
    yargs()
      .scriptName("mirrorctl")
      .usage("$0 <command> [options]\n\nPrivate mirrors of APT repositories: verified, atomic.")
      // The locale files are no part of the bundle.
      .locale("en")
      .parserConfiguration({
        "camel-case-expansion": false,
        "boolean-negation": false,
        "dot-notation": false,
        "parse-numbers": false,
        "parse-positional-numbers": false,
      })
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        if (error instanceof CliError) throw error;
        const [, option] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
        if (option !== undefined) throw missingValue(option);
        const missing = message.startsWith("Not enough non-option arguments");
        const text = missing ? "the name of a mirror is missing" : message.replaceAll("\n", " ");
        throw new CliError("ERR_CLI_USAGE", text, { cause: error });
      })
      .wrap(columns)
      .command(
        "sync [ids..]",
        "Bring mirrors up to date with their upstream",
        (sync) =>
          sync
            .positional("ids", {
              type: "string",
              array: true,
              default: [],
              defaultDescription: "all mirrors",
              describe: "Mirrors to sync, by name or glob",
            })
            .example("$0 sync", "Sync every mirror of the configuration")
            .example("$0 sync ubuntu-noble", "Sync one mirror")
            .example("$0 sync 'ubuntu*' --wait", "Sync some, after whoever syncs them now")
            .example("$0 sync --dry-run", "Say what a sync would download, and change nothing"),
        (parsed) => choose("sync", parsed),
      )
      .command(
        "check",
        "Examine the configuration, or the servers that it names",
        (check) =>
          check
            .command(
              "config",
              "Validate the configuration and the files that it names",
              (config) =>
                config
                  .example("$0 check config", "Check /etc/mirrorctl/mirror.toml")
                  .example(
                    "$0 check config -c ./mirror.toml --json",
                    "Check a file, for a program",
                  ),
              (parsed) => choose("check config", parsed),
            )
            .command(
              "tls <ids..>",
              "Probe the https servers of mirrors with their own settings",
              (tls) =>
                tls
                  .positional("ids", {
                    type: "string",
                    array: true,
                    default: [],
                    defaultDescription: "none",
                    describe: "Mirrors to probe, by name or glob",
                  })
                  .example(
                    "$0 check tls debian",
                    "Say what its server offers, and if it is trusted",
                  ),
              (parsed) => choose("check tls", parsed),
            ),
        () => undefined,
      )
      .command(
        "version",
        "Print the version",
        (version) => version,
        (parsed) => choose("version", parsed),
      )
      .option("config", {
        alias: "c",
        type: "string",
        requiresArg: true,
        describe: "Configuration file [$MIRRORCTL_CONFIG, else /etc/mirrorctl/mirror.toml]",
      })
      .option("log-level", {
        alias: "l",
        type: "string",
        requiresArg: true,
        describe: "debug, info, warn or error",
      })
      .option("quiet", { alias: "q", type: "boolean", describe: "Print nothing on success" })
      .option("verbose-errors", {
        type: "boolean",
        describe: "Add codes, causes and stack traces to errors",
      })
      .option("no-pgp-check", { type: "boolean", describe: "Accept Release files unverified" })
      .option("dry-run", { type: "boolean", describe: "Say what would be done, change nothing" })
      .option("json", { type: "boolean", describe: "Print one JSON document on stdout" })
      .option("no-color", { type: "boolean", describe: "Print no colours" })
      .option("wait", { type: "boolean", describe: "Wait for a lock that is held" })
      .help("help", "Print this help")
      .alias("help", "h")
      .version(false)
      .option("version", { alias: "v", type: "boolean", describe: "Print the version" })
      .group(
        [
          "config",
          "log-level",
          "quiet",
          "verbose-errors",
          "no-pgp-check",
          "dry-run",
          "json",
          "no-color",
          "wait",
          "help",
          "version",
        ],
        "Options of every command:",
      )
      .example("$0 check config", "Validate the configuration")
      .example("$0 sync --dry-run", "Say what a sync would download")
      .example("$0 sync ubuntu-noble", "Sync one mirror")
  );
}

/** An option that wants a value stands there without one. */
export function missingValue(name: string): CliError {
  const option = name.length === 1 ? `-${name}` : `--${name}`;
  return new CliError("ERR_CLI_USAGE", `${option}: expected a value, found none`, {
    expected: "a value",
  });
}
