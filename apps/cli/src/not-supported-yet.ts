import { CliError } from "./error.js";
import type { Verb } from "./verbs.js";

/** Commands that are documented and not built yet; the first words that match decide. */
export const COMMANDS_NOT_SUPPORTED_YET: readonly string[] = [
  "verify",
  "init",
  "generate nginx",
  "generate apache",
  "generate caddy",
  "generate rsyncd",
  "generate systemd",
  "generate cron",
  "generate logrotate",
  "generate prometheus",
  "serve",
  "daemon",
  "completion",
];

/** Options that are documented and not built yet, and what they would do. */
const OPTIONS: Readonly<Partial<Record<Verb, Readonly<Record<string, string>>>>> = {
  sync: {
    "--reuse": "link files of another directory instead of downloading them",
    "--replace-link": "put the mirror's directory where another tool has left a link of its name",
  },
};

/** The error for an option of a command that is documented and not built yet. */
export function optionNotSupportedYet(verb: Verb, option: string): CliError | undefined {
  const would = OPTIONS[verb]?.[option];
  if (would === undefined) return undefined;
  return new CliError(
    "ERR_CLI_NOT_SUPPORTED_YET",
    `${option} is not supported yet: it is to ${would}`,
    { found: option, suggestion: `leave ${option} out; nothing does this in this version` },
  );
}
