import yargs, { type Argv } from "yargs";
import { CliError } from "./error.js";
import type { VerbSpec } from "./verb-spec.js";
import { GROUPS, type Verb, verbs } from "./verbs.js";

/** Options and words by name, as they were typed. */
export type Parsed = Readonly<Record<string, unknown>> & {
  readonly _: readonly (string | number)[];
};

type Choose = (verb: Verb, parsed: Parsed) => void;

/** Options of every command, in the order of the help. */
const COMMON = {
  config: {
    alias: "c",
    type: "string",
    requiresArg: true,
    describe: "Configuration file [$MIRRORCTL_CONFIG, else /etc/mirrorctl/mirror.toml]",
  },
  "log-level": {
    alias: "l",
    type: "string",
    requiresArg: true,
    describe: "debug, info, warn or error",
  },
  quiet: { alias: "q", type: "boolean", describe: "Print nothing on success" },
  "verbose-errors": { type: "boolean", describe: "Add codes, causes and stack traces to errors" },
  "no-pgp-check": { type: "boolean", describe: "Accept Release files unverified" },
  "dry-run": { type: "boolean", describe: "Say what would be done, change nothing" },
  json: { type: "boolean", describe: "Print one JSON document on stdout" },
  "no-color": { type: "boolean", describe: "Print no colours" },
  wait: { type: "boolean", describe: "Wait for a lock that is held" },
} as const;

/**
 * The commands that `typed` mentions, and the options, as yargs knows them. It prints nothing and ends nothing: `choose` is told
 * which command was typed, mistakes are thrown.
 * @throws CliError ERR_CLI_USAGE.
 */
export function createParser(columns: number, typed: readonly string[], choose: Choose): Argv {
  const parser = yargs()
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
    .fail(refuse)
    .wrap(columns);
  return addCommands(parser, mentioned(typed), choose)
    .options(COMMON)
    .help("help", "Print this help")
    .alias("help", "h")
    .version(false)
    .option("version", { alias: "v", type: "boolean", describe: "Print the version" })
    .group([...Object.keys(COMMON), "help", "version"], "Options of every command:")
    .example("$0 check config", "Validate the configuration")
    .example("$0 sync --dry-run", "Say what a sync would download")
    .example("$0 sync ubuntu-noble", "Sync one mirror")
    .example("$0 snapshot promote ubuntu-noble", "Let production show what staging shows");
}

/** An option that wants a value stands there without one. */
export function missingValue(name: string): CliError {
  const option = name.length === 1 ? `-${name}` : `--${name}`;
  return new CliError("ERR_CLI_USAGE", `${option}: expected a value, found none`, {
    expected: "a value",
  });
}

const HELP: ReadonlySet<string> = new Set(["help", "--help", "-h"]);

/** The commands that a line may be about: each takes its time to declare, and help lists them all. */
function mentioned(typed: readonly string[]): typeof verbs {
  if (typed.some((word) => HELP.has(word))) return verbs;
  const some = verbs.filter(([verb]) => typed.includes(verb.split(" ", 1)[0] ?? ""));
  return some.length > 0 ? some : verbs;
}

function addCommands(parser: Argv, some: typeof verbs, choose: Choose): Argv {
  const groups = new Set<string>();
  for (const [verb, spec] of some) {
    const [group = "", word] = verb.split(" ");
    if (word === undefined) addCommand(parser, verb, spec.usage, spec, choose);
    else if (!groups.has(group)) {
      groups.add(group);
      parser.command(group, GROUPS[group] ?? "", (sub) => addMembers(sub, group, choose));
    }
  }
  return parser;
}

function addMembers(parser: Argv, group: string, choose: Choose): Argv {
  for (const [verb, spec] of verbs) {
    if (!verb.startsWith(`${group} `)) continue;
    addCommand(parser, verb, spec.usage.slice(group.length + 1), spec, choose);
  }
  return parser;
}

function addCommand(parser: Argv, verb: Verb, usage: string, spec: VerbSpec, choose: Choose): void {
  const build = (command: Argv) => {
    for (const [name, { describe, fallback }] of Object.entries(spec.positionals)) {
      const many = usage.includes(`${name}..`);
      command.positional(name, {
        type: "string",
        describe,
        ...(many ? { array: true, default: [] } : {}),
        ...(fallback === undefined ? {} : { defaultDescription: fallback }),
      });
    }
    for (const [name, { type, describe }] of Object.entries(spec.options)) {
      // As a list of yargs it would take the words behind its value too.
      const given =
        type === "boolean" ? { type } : ({ type: "string", requiresArg: true } as const);
      command.option(name, { ...given, describe });
    }
    for (const [typed, does] of spec.examples) command.example(`$0 ${typed}`, does);
    return command;
  };
  parser.command(usage, spec.describe, build, (parsed) => choose(verb, parsed as Parsed));
}

function refuse(message: string, error: Error | undefined): never {
  if (error instanceof CliError) throw error;
  const [, option] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  if (option !== undefined) throw missingValue(option);
  const missing = message.startsWith("Not enough non-option arguments");
  const text = missing ? "a name is missing" : message.replaceAll("\n", " ");
  throw new CliError("ERR_CLI_USAGE", text, { cause: error });
}
