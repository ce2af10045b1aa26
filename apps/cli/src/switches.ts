import { CliError } from "./error.js";
import { verbs } from "./verbs.js";

/** Options of every command that are on or off, and take no value. */
export const SWITCHES: readonly string[] = [
  ...["quiet", "verbose-errors", "no-pgp-check", "dry-run", "json", "no-color", "wait"],
  ...["help", "version"],
];

const OF_VERBS: readonly string[] = verbs.flatMap(([, { options }]) =>
  Object.entries(options).flatMap(([name, { type }]) => (type === "boolean" ? [name] : [])),
);
const ALL: ReadonlySet<string> = new Set([...SWITCHES, ...OF_VERBS]);

/**
 * Refuses `--dry-run=1`, `--dry-run=true` and `--dry-run false`: yargs takes all but `true` for
 * "off", and a run that was meant to change nothing would change everything.
 * @throws CliError ERR_CLI_USAGE.
 */
export function refuseValues(argv: readonly string[]): void {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  for (const [index, word] of words.entries()) {
    const [, name = "", given] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!isSwitch(name)) continue;
    if (given !== undefined) throw unwantedValue(word.slice(0, word.indexOf("=")), given);
    const next = words[index + 1];
    if (next !== undefined && /^(?:true|false)$/i.test(next)) throw unwantedValue(word, next);
  }
}

/**
 * Refuses what is left of values on switches once the line is read, such as `-q1`.
 * @throws CliError ERR_CLI_USAGE.
 */
export function refuseMisreadSwitches(parsed: Readonly<Record<string, unknown>>): void {
  for (const name of ALL) {
    const values = [parsed[name]].flat();
    if (values.some((value) => value !== undefined && value !== true)) {
      throw unwantedValue(`--${name}`);
    }
  }
}

const LETTERS: readonly string[] = ["q", "h", "v"];

function isSwitch(name: string): boolean {
  return LETTERS.includes(name) || ALL.has(name);
}

function unwantedValue(option: string, found?: string): CliError {
  const rest = found === undefined ? "" : `, found "${found}"`;
  return new CliError("ERR_CLI_USAGE", `${option}: expected no value${rest}`, {
    expected: "no value",
    ...(found === undefined ? {} : { found }),
    suggestion: `write ${option} by itself, at the end`,
  });
}
