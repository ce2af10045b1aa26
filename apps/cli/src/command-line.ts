import { createParser, missingValue, type Parsed } from "./command-parser.js";
import { CliError } from "./error.js";
import type { Command, Flags, Words } from "./flags.js";
import { COMMANDS_NOT_SUPPORTED_YET } from "./not-supported-yet.js";
import { suggest } from "./suggest.js";
import { refuseMisreadSwitches, refuseValues, SWITCHES } from "./switches.js";
import type { VerbSpec } from "./verb-spec.js";
import { GROUPS, VERBS, type Verb, verbs } from "./verbs.js";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/**
 * Turns the words after the program's name into a {@link Command}; prints and exits nothing.
 * @param columns - Width that help is wrapped to.
 * @throws CliError ERR_CLI_USAGE, ERR_CLI_UNKNOWN_COMMAND, ERR_CLI_UNKNOWN_OPTION,
 *   ERR_CLI_NOT_SUPPORTED_YET.
 */
export function readCommandLine(argv: readonly string[], columns: number): Command {
  // "help sync" is what people type as well.
  const typed = argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
  let chosen: { verb: Verb; parsed: Parsed } | undefined;
  let all: Parsed = { _: [] };
  let help = "";
  const parser = createParser(columns, typed, (verb, parsed) => {
    chosen = { verb, parsed };
  });
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
  const flags = readFlags(parsed);
  if (parsed.version === true) return { verb: "version", words: NOTHING, flags };
  if (chosen === undefined) throw unknownCommand(words);
  const { verb } = chosen;
  refuseUnknownOptions(verb, parsed);
  return { verb, words: readWords(verb, parsed, words.slice(verb.split(" ").length)), flags };
}

const NOTHING: Words = { positionals: {}, values: {}, lists: {}, switches: new Set() };
const OPTIONS: readonly string[] = [...SWITCHES, "config", "log-level", "c", "l", "q", "h", "v"];

function readWords(verb: Verb, parsed: Parsed, behind: readonly string[]): Words {
  const { usage, positionals, options }: VerbSpec = VERBS[verb];
  // Behind "--" words stand that yargs gives to no positional.
  const rest = [...behind];
  const values: [string, string][] = [];
  const lists: [string, string[]][] = [];
  const switches = new Set<string>();
  const named = Object.keys(positionals).map((name): [string, readonly string[]] => {
    const given = parsed[name];
    if (usage.includes(`${name}..`)) return [name, [...strings(given), ...rest.splice(0)]];
    const word = typeof given === "string" ? given : rest.shift();
    if (word === "") throw new CliError("ERR_CLI_USAGE", `${verb}: an empty word for ${name}`);
    return [name, word === undefined ? [] : [word]];
  });
  for (const [name, { type }] of Object.entries(options)) {
    if (type === "boolean" && on(parsed[name])) switches.add(name);
    const value = type === "string" ? last(parsed[name]) : undefined;
    if (value === "") throw missingValue(name);
    if (value !== undefined) values.push([name, value]);
    const given = type === "list" ? strings([parsed[name] ?? []].flat()) : [];
    if (given.includes("")) throw missingValue(name);
    if (given.length > 0) lists.push([name, given]);
  }
  if (rest[0] !== undefined) {
    throw new CliError("ERR_CLI_USAGE", `${verb}: unexpected argument "${rest[0]}"`, {
      found: rest[0],
      suggestion: `mirrorctl ${verb} --help`,
    });
  }
  return {
    positionals: Object.fromEntries(named),
    values: Object.fromEntries(values),
    lists: Object.fromEntries(lists),
    switches,
  };
}

function refuseUnknownOptions(verb: Verb, parsed: Parsed): void {
  const { positionals, options }: VerbSpec = VERBS[verb];
  const own = Object.keys(options);
  const known = new Set(["_", "$0", ...Object.keys(positionals), ...own, ...OPTIONS]);
  for (const name of Object.keys(parsed)) {
    if (known.has(name)) continue;
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    const near = suggest(
      name,
      [...OPTIONS, ...own].filter((candidate) => candidate.length > 1),
    );
    throw new CliError("ERR_CLI_UNKNOWN_OPTION", `unknown option ${option}`, {
      found: option,
      ...(near === undefined ? {} : { suggestion: `--${near}` }),
    });
  }
}

function refuseCommandsNotSupportedYet(words: readonly string[]): void {
  for (const command of COMMANDS_NOT_SUPPORTED_YET) {
    if (words.slice(0, command.split(" ").length).join(" ") !== command) continue;
    throw new CliError(
      "ERR_CLI_NOT_SUPPORTED_YET",
      `the command "${command}" is not supported yet`,
      { found: `the command "${command}"` },
    );
  }
}

function unknownCommand(words: readonly string[]): CliError {
  const [first, second] = words;
  if (first === undefined) {
    return new CliError("ERR_CLI_USAGE", "no command given", { suggestion: "mirrorctl --help" });
  }
  const isGroup = Object.hasOwn(GROUPS, first);
  if (isGroup && second === undefined) {
    const members = verbs.flatMap(([verb]) =>
      verb.startsWith(`${first} `) ? [verb.slice(first.length + 1)] : [],
    );
    const expected = members.join(", ");
    return new CliError("ERR_CLI_USAGE", `${first}: expected one of ${expected}`, {
      expected,
      suggestion: `mirrorctl ${first} --help`,
    });
  }
  const typed = isGroup ? `${first} ${second}` : first;
  const near = suggest(typed, [...verbs.map(([verb]) => verb), ...COMMANDS_NOT_SUPPORTED_YET]);
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
