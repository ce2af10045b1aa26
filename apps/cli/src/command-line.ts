import { createParser, missingValue, type Parsed, type Verb } from "./command-parser.js";
import { CliError } from "./error.js";
import type { Command, Flags } from "./flags.js";
import { COMMANDS_NOT_SUPPORTED_YET, OPTIONS_NOT_SUPPORTED_YET } from "./not-supported-yet.js";
import { suggest } from "./suggest.js";
import { refuseMisreadSwitches, refuseValues, SWITCHES } from "./switches.js";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const COMMANDS = ["sync", "check config", "check tls", "version", "help"];

/**
 * Turns the words after the program's name into a {@link Command}; prints and exits nothing.
 * @param columns - Width that help is wrapped to.
 * @throws CliError ERR_CLI_USAGE, ERR_CLI_UNKNOWN_COMMAND, ERR_CLI_UNKNOWN_OPTION,
 *   ERR_CLI_NOT_SUPPORTED_YET.
 */
export function readCommandLine(argv: readonly string[], columns: number): Command {
  let chosen: { verb: Verb; parsed: Parsed } | undefined;
  let all: Parsed = { _: [] };
  let help = "";
  const parser = createParser(columns, (verb, parsed) => {
    chosen = { verb, parsed };
  });
  // "help sync" is what people type as well.
  const typed = argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
  refuseValues(typed);
  parser.parse(typed, {}, (error, parsed, output) => {
    if (error !== undefined && error !== null) throw error;
    all = parsed as Parsed;
    help = output;
  });
  if (help !== "") return { verb: "help", text: help };
  const parsed = chosen?.parsed ?? all;
  refuseMisreadSwitches(parsed);
  const words = parsed._.map(String);
  refuseCommandsNotSupportedYet(words);
  if (parsed.version === true) return { verb: "version", flags: readFlags(parsed) };
  if (chosen === undefined) throw unknownCommand(words);
  refuseUnknownOptions(parsed);
  const flags = readFlags(parsed);
  const rest = words.slice(chosen.verb.split(" ").length);
  if (chosen.verb === "sync" || chosen.verb === "check tls") {
    return { verb: chosen.verb, ids: [...strings(parsed.ids), ...rest], flags };
  }
  if (rest[0] !== undefined) {
    throw new CliError("ERR_CLI_USAGE", `${chosen.verb}: unexpected argument "${rest[0]}"`, {
      found: rest[0],
      suggestion: `mirrorctl ${chosen.verb} --help`,
    });
  }
  return { verb: chosen.verb, flags };
}

const OPTIONS: readonly string[] = [...SWITCHES, "config", "log-level", "c", "l", "q", "h", "v"];

function refuseUnknownOptions(parsed: Parsed): void {
  for (const name of Object.keys(parsed)) {
    if (name === "_" || name === "$0" || name === "ids" || OPTIONS.includes(name)) continue;
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    const would = Object.hasOwn(OPTIONS_NOT_SUPPORTED_YET, name)
      ? OPTIONS_NOT_SUPPORTED_YET[name]
      : undefined;
    if (would !== undefined) throw optionNotSupportedYet(option, would);
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

function optionNotSupportedYet(option: string, would: string): CliError {
  return new CliError(
    "ERR_CLI_NOT_SUPPORTED_YET",
    `${option} is not supported yet: it is to ${would}`,
    { found: option, suggestion: `leave ${option} out; nothing does this in this version` },
  );
}

function unknownCommand(words: readonly string[]): CliError {
  if (words.length === 0) {
    return new CliError("ERR_CLI_USAGE", "no command given", { suggestion: "mirrorctl --help" });
  }
  const typed = words.slice(0, words[0] === "check" ? 2 : 1).join(" ");
  if (typed === "check") {
    return new CliError("ERR_CLI_USAGE", "check: what is to be checked is missing", {
      suggestion: "mirrorctl check config, or mirrorctl check tls MIRROR",
    });
  }
  const near = suggest(typed, [...COMMANDS, ...COMMANDS_NOT_SUPPORTED_YET]);
  return new CliError("ERR_CLI_UNKNOWN_COMMAND", `unknown command "${typed}"`, {
    found: typed,
    ...(near === undefined ? {} : { suggestion: `mirrorctl ${near}` }),
  });
}

function readFlags(parsed: Parsed): Flags {
  // `-c "$UNSET"` means no default.
  for (const name of ["config", "log-level"])
    if (last(parsed[name]) === "") throw missingValue(name);
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
