import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.js";

/** The SHA256 of every file below a directory by its path there, as `sha256sum` has it. */
export async function sumsBelow(directory: string, below = "."): Promise<Map<string, string>> {
  const top = join(directory, below);
  const paths = readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  return sumsOf(directory, paths);
}

/** The SHA256 of files by their paths, as `sha256sum` has it. */
export async function sumsOf(
  directory: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const printed = await run("sha256sum", ["--zero", ...paths], directory);
  return new Map(
    printed
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
}
