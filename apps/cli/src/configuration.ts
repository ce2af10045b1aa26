import { homedir } from "node:os";
import {
  type Config,
  ConfigError,
  type LoadOptions,
  loadConfig,
  type MirrorConfig,
} from "@mirror/config";
import { configPath } from "./config-path.js";
import type { Flags } from "./flags.js";
import type { Host } from "./host.js";
import { mayColour } from "./render/colour.js";
import { createLog, type Log } from "./render/log.js";

/**
 * Reads the configuration that flags and environment name.
 * @throws ConfigError with every problem at once.
 */
export async function readConfiguration(flags: Flags, host: Host): Promise<Config> {
  const options = optionsOf(flags, host);
  let config: Config | undefined;
  try {
    config = loadConfig(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  // The engine of patterns is loaded for those who have some, and to tell all problems together.
  if (config !== undefined && !config.mirrors.some(hasPatterns)) return config;
  const { readPattern } = await import("@mirror/config/patterns");
  return loadConfig({ ...options, readPattern });
}

function optionsOf(flags: Flags, host: Host): LoadOptions {
  const home = homeOf(host);
  return {
    path: configPath(flags, host),
    env: host.env,
    ...(home === undefined ? {} : { home }),
    overrides: {
      ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
      ...(flags.noPgpCheck ? { noPgpCheck: true } : {}),
    },
  };
}

function hasPatterns({ filters }: MirrorConfig): boolean {
  const { excludePatterns, includePatterns } = filters;
  return excludePatterns.length > 0 || includePatterns.length > 0;
}

/** The log of a command, as configuration and flags want it. */
export function openLog(config: Config, flags: Flags, host: Host, several: boolean): Log {
  return createLog({
    output: host.stderr,
    level: flags.quiet ? "error" : config.log.level,
    format: config.log.format,
    colour: mayColour(host.stderr, host.env, flags.noColor),
    several,
    now: host.now,
  });
}

/** The home directory for `~`; a user without an entry in the list of users may have none. */
function homeOf(host: Host): string | undefined {
  const named = host.env.HOME ?? "";
  if (named !== "") return named;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
