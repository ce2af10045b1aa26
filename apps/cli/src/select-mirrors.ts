import type { MirrorConfig } from "@mirror/config";
import { CliError } from "./error.js";
import { suggest } from "./suggest.js";

/**
 * The mirrors that `patterns` name, each once, in the order of the configuration; all of them
 * where nothing is named. A pattern is a mirror's name or a glob (`*`, `?`, `[ab]`, `[!ab]`,
 * `{a,b}`).
 * @throws CliError ERR_CLI_UNKNOWN_MIRROR.
 */
export async function selectMirrors(
  mirrors: readonly MirrorConfig[],
  patterns: readonly string[],
): Promise<readonly MirrorConfig[]> {
  if (patterns.length === 0) return mirrors;
  const ids = mirrors.map((mirror) => mirror.id);
  const wanted = new Set<string>();
  for (const pattern of patterns) {
    const found = ids.includes(pattern) ? [pattern] : await matching(pattern, ids);
    if (found.length === 0) throw unknownMirror(pattern, ids);
    for (const id of found) wanted.add(id);
  }
  return mirrors.filter((mirror) => wanted.has(mirror.id));
}

async function matching(glob: string, ids: readonly string[]): Promise<string[]> {
  if (glob === "") return [];
  const { default: picomatch } = await import("picomatch");
  // A leading "!" must not turn "all but this one" out of what may be a slip.
  const matches = picomatch(glob, { nonegate: true, posix: true });
  return ids.filter((id) => matches(id));
}

function unknownMirror(pattern: string, ids: readonly string[]): CliError {
  const near = suggest(pattern, ids);
  const known = ids.join(", ");
  return new CliError(
    "ERR_CLI_UNKNOWN_MIRROR",
    `no such mirror: ${pattern}; the configuration has ${known}`,
    { expected: known, found: pattern, ...(near === undefined ? {} : { suggestion: near }) },
  );
}
