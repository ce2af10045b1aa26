import { isAbsolute } from "node:path";
import type { MirrorConfig } from "@mirror/config";
import { CliError } from "./error.js";
import { suggest } from "./suggest.js";

/** The first environment of the promotion path. */
export function stagingOf({ snapshot }: MirrorConfig): string {
  const [first] = snapshot.environments;
  if (first === undefined) throw new TypeError("no environments");
  return first;
}

/** The last environment of the promotion path. */
export function productionOf({ snapshot }: MirrorConfig): string {
  const last = snapshot.environments.at(-1);
  if (last === undefined) throw new TypeError("no environments");
  return last;
}

/** What people call an environment: the ends of the path have names that all mirrors share. */
export function roleOf(mirror: MirrorConfig, environment: string): string {
  if (environment === productionOf(mirror)) return "production";
  if (environment === stagingOf(mirror)) return "staging";
  return environment;
}

/** A role as the start of a sentence. */
export function capitalised(role: string): string {
  return isAbsolute(role) ? role : `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`;
}

/**
 * The environment that a name on the command line means.
 * @throws CliError ERR_CLI_UNKNOWN_ENVIRONMENT.
 */
export function environmentNamed(mirror: MirrorConfig, name: string): string {
  const { environments } = mirror.snapshot;
  if (environments.includes(name)) return name;
  const known = environments.join(", ");
  const near = suggest(name, environments);
  throw new CliError(
    "ERR_CLI_UNKNOWN_ENVIRONMENT",
    `no such environment: ${name}; ${mirror.id} has ${known}`,
    { expected: known, found: name, ...(near === undefined ? {} : { suggestion: near }) },
  );
}
