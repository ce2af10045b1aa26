import { spawn } from "node:child_process";

/** How a child ended. */
export interface RunResult {
  /** The exit status, or the name of the signal that ended it. */
  readonly status: number | NodeJS.Signals;
  /** The first 4096 characters of what it said. */
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell. `fd`, if given, is its descriptor 3.
 *
 * Rejects with the errno error when it cannot be started. When `signal` aborts, the child is killed
 * and its end waited for.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { fd?: number; signal?: AbortSignal | undefined } = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe", ...(options.fd === undefined ? [] : [options.fd])],
    });
    const kill = () => child.kill("SIGKILL");
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(0, 4096);
    });
    child.on("error", (error) => {
      options.signal?.removeEventListener("abort", kill);
      reject(error);
    });
    child.on("close", (code, signal) => {
      options.signal?.removeEventListener("abort", kill);
      resolve({ status: code ?? signal ?? 1, stderr: stderr.trim() });
    });
    if (options.signal?.aborted === true) kill();
    else options.signal?.addEventListener("abort", kill, { once: true });
  });
}
