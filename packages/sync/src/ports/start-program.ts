import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A program that runs, its output to be read. */
export type RunningProgram = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Starts a program.
 *
 * @throws the reason of the signal; the system's error: ENOENT where it is not installed, EMFILE, EAGAIN, ...
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<RunningProgram> {
  // An error of a child that is stopped before it runs comes before its caller can listen.
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal ? { signal } : {}),
  });
  if (child.pid === undefined) {
    // Its pipes may not even be there: only the event says why.
    const [error] = await once(child, "error");
    throw error;
  }
  return child;
}

/**
 * Whether a program is installed.
 *
 * @throws the system's error where nobody can tell: what is published must not depend on how many
 * files are open
 */
export function isInstalled(program: string): boolean {
  const { error } = spawnSync(program, ["--version"], { stdio: "ignore" });
  if (error === undefined) return true;
  if ("code" in error && ["ENOENT", "EACCES", "ENOTDIR"].includes(String(error.code))) return false;
  throw error;
}
