import yargs, { type Argv } from "yargs";
import { CliError } from "./error.js";
import type { Command, Flags } from "./flags.js";
import { COMMANDS_NOT_SUPPORTED_YET, OPTIONS_NOT_SUPPORTED_YET } from "./not-supported-yet.js";
import { suggest } from "./suggest.js";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const COMMANDS = ["sync", "check config", "version", "help"];

type Parsed = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/**
 * Turns the words after the program's name into a {@link Command}; prints and exits nothing.
 * @param columns - Width that help is wrapped to.
 * @throws CliError ERR_CLI_USAGE, ERR_CLI_UNKNOWN_COMMAND, ERR_CLI_UNKNOWN_OPTION,
 *   ERR_CLI_NOT_SUPPORTED_YET.
 */
export function readCommandLine(argv: readonly string[], columns: number): Command {
  let chosen: { verb: "sync" | "check config" | "version"; parsed: Parsed } | undefined;
  let all: Parsed = { _: [] };
  let help = "";
  const parser = describe(columns, (verb, parsed) => {
    chosen = { verb, parsed };
  });
  // "help sync" is what people type as well.
  const typed = argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
  parser.parse(typed, {}, (error, parsed, output) => {
    if (error !== undefined && error !== null) throw error;
    all = parsed as Parsed;
    help = output;
  });
  if (help !== "") return { verb: "help", text: help };
  const parsed = chosen?.parsed ?? all;
  const words = parsed._.map(String);
  refuseCommandsNotSupportedYet(words);
  if (parsed.version === true) return { verb: "version", flags: readFlags(parsed) };
  if (chosen === undefined) throw unknownCommand(words);
  refuseUnknownOptions(parsed);
  const flags = readFlags(parsed);
  const rest = words.slice(chosen.verb.split(" ").length);
  if (chosen.verb === "sync") {
    return { verb: "sync", ids: [...strings(parsed.ids), ...rest], flags };
  }
  if (rest[0] !== undefined) {
    throw new CliError("ERR_CLI_USAGE", `${chosen.verb}: unexpected argument "${rest[0]}"`, {
      found: rest[0],
      suggestion: `mirrorctl ${chosen.verb} --help`,
    });
  }
  return { verb: chosen.verb, flags };
}

function describe(
  columns: number,
  choose: (verb: "sync" | "check config" | "version", parsed: Parsed) => void,
): Argv {
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
        throw new CliError("ERR_CLI_USAGE", message.replaceAll("\n", " "), { cause: error });
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
        "Examine the configuration",
        (check) =>
          check.command(
            "config",
            "Validate the configuration and the key files that it names",
            (config) =>
              config
                .example("$0 check config", "Check /etc/mirrorctl/mirror.toml")
                .example("$0 check config -c ./mirror.toml --json", "Check a file, for a program"),
            (parsed) => choose("check config", parsed),
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

const OPTIONS: readonly string[] = [
  ...["config", "log-level", "quiet", "verbose-errors", "no-pgp-check", "dry-run", "json"],
  ...["no-color", "wait", "help", "version", "c", "l", "q", "h", "v"],
];

function refuseUnknownOptions(parsed: Parsed): void {
  for (const name of Object.keys(parsed)) {
    if (name === "_" || name === "$0" || name === "ids" || OPTIONS.includes(name)) continue;
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    if (OPTIONS_NOT_SUPPORTED_YET.includes(name)) throw notSupportedYet(option);
    const near = suggest(
      name,
      OPTIONS.filter((known) => known.length > 1),
    );
    throw new CliError("ERR_CLI_UNKNOWN_OPTION", `unknown option ${option}`, {
      found: option,
      ...(near === undefined ? {} : { suggestion: `--${near}` }),
    });
  }
}

function refuseCommandsNotSupportedYet(words: readonly string[]): void {
  for (const command of COMMANDS_NOT_SUPPORTED_YET) {
    const length = command.split(" ").length;
    if (words.slice(0, length).join(" ") === command) {
      const detail = command === "snapshot" && words[1] !== undefined ? ` ${words[1]}` : "";
      throw notSupportedYet(`the command "${command}${detail}"`);
    }
  }
}

function notSupportedYet(what: string): CliError {
  return new CliError("ERR_CLI_NOT_SUPPORTED_YET", `${what} is not supported yet`, { found: what });
}

function unknownCommand(words: readonly string[]): CliError {
  if (words.length === 0) {
    return new CliError("ERR_CLI_USAGE", "no command given", { suggestion: "mirrorctl --help" });
  }
  const typed = words.slice(0, words[0] === "check" ? 2 : 1).join(" ");
  if (typed === "check") {
    return new CliError("ERR_CLI_USAGE", "check: what is to be checked is missing", {
      suggestion: "mirrorctl check config",
    });
  }
  const near = suggest(typed, [...COMMANDS, ...COMMANDS_NOT_SUPPORTED_YET]);
  return new CliError("ERR_CLI_UNKNOWN_COMMAND", `unknown command "${typed}"`, {
    found: typed,
    ...(near === undefined ? {} : { suggestion: `mirrorctl ${near}` }),
  });
}

function readFlags(parsed: Parsed): Flags {
  const level = last(parsed["log-level"]);
  const logLevel = LEVELS.find((known) => known === level?.toLowerCase());
  if (level !== undefined && logLevel === undefined) {
    throw new CliError(
      "ERR_CLI_USAGE",
      `--log-level: expected ${LEVELS.join(", ")}, found "${level}"`,
      { expected: LEVELS.join(", "), found: level },
    );
  }
  return {
    config: last(parsed.config),
    logLevel,
    quiet: on(parsed.quiet),
    verboseErrors: on(parsed["verbose-errors"]),
    noPgpCheck: on(parsed["no-pgp-check"]),
    dryRun: on(parsed["dry-run"]),
    json: on(parsed.json),
    noColor: on(parsed["no-color"]),
    wait: on(parsed.wait),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** An option given twice: the last one counts, as with most tools. */
function last(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof one === "string" ? one : undefined;
}

function on(value: unknown): boolean {
  return (Array.isArray(value) ? value.at(-1) : value) === true;
}
