import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import { openReuseDirectory, type ReuseDirectory } from "@mirror/sync";
import { CliError } from "./error.js";

/**
 * Opens the directories that `--reuse` names, each once, as the user who will read them.
 * @throws CliError ERR_CLI_UNREADABLE_DIRECTORY.
 */
export function openReuse(paths: readonly string[]): ReuseDirectory[] {
  return [...new Set(paths.map((path) => resolve(path)))].map((path) => {
    const fault = faultOf(path);
    if (fault === undefined) return openReuseDirectory(path);
    throw new CliError(
      "ERR_CLI_UNREADABLE_DIRECTORY",
      `--reuse ${path}: expected a directory that can be read, found ${fault}`,
      { path, found: fault },
    );
  });
}

function faultOf(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return "something else";
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" ? "nothing" : code;
  }
}
