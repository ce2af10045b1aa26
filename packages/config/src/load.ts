import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkWritable } from "./check-writable.js";
import type { Config } from "./config.js";
import { ConfigError, type ConfigProblem } from "./error.js";
import { type ParseOptions, parseSources } from "./parse.js";
import { type FileSource, readSource, unreadable } from "./read-source.js";

/** Where a configuration is read from, and with what. */
export interface LoadOptions extends ParseOptions {
  /** The main file; `mirror.d/*.toml` beside it are read after it, in name order. */
  readonly path: string;
}

/**
 * Reads a configuration file and the `mirror.d/*.toml` beside it.
 *
 * Reads only these files, up to 4 MiB each, and creates nothing. Names that begin with a dot are
 * not read; the others are taken in the order of their UTF-16 code units. A file that others than
 * its owner may write is refused when it names a command.
 *
 * @throws {@link ConfigError} with every problem of every file.
 *
 * @example
 * ```ts
 * const config = loadConfig({
 *   path: "/etc/mirrorctl/mirror.toml",
 *   env: process.env,
 *   home: homedir(),
 * });
 * ```
 */
export function loadConfig(options: LoadOptions): Config {
  const main = readSource(options.path);
  if ("problem" in main) throw new ConfigError([main.problem], { cause: main.cause });
  const sources: FileSource[] = [main];
  const problems: ConfigProblem[] = [];
  const directory = join(dirname(options.path), "mirror.d");
  const names = listDropIns(directory);
  if (!Array.isArray(names)) problems.push(names);
  else {
    for (const name of names) {
      const source = readSource(join(directory, name));
      if ("problem" in source) problems.push(source.problem);
      else sources.push(source);
    }
  }
  const modes = new Map(sources.map(({ path, mode }) => [path, mode]));
  return parseSources(sources, options, problems, (document) =>
    checkWritable(document, modes.get(document.file) ?? 0),
  );
}

function listDropIns(directory: string): string[] | ConfigProblem {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".toml") && !name.startsWith("."))
      .sort();
  } catch (error) {
    const { problem } = unreadable(directory, error);
    return problem.code === "ERR_CONFIG_FILE_MISSING" ? [] : problem;
  }
}
