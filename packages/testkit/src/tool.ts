import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { TestkitError } from "./error.js";

/** What a finished program left behind. */
export interface ToolResult {
  /** The exit status, or 128 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Input and surroundings of {@link runTool}. */
export interface RunToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** The longest it may run, in ms; 60000 by default. */
  readonly timeout?: number;
}

const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of a program, also of one in the sbin directories that a user's PATH leaves out; undefined when the machine lacks it. */
export function findTool(name: string): string | undefined {
  const directories = (process.env.PATH ?? "").split(delimiter).filter((entry) => entry !== "");
  for (const directory of [...directories, ...SYSTEM_DIRECTORIES]) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/**
 * Runs a program to its end and returns its exit status and output, whatever the status is.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`
 */
export function runTool(
  name: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<ToolResult> {
  const path = findTool(name);
  if (path === undefined) {
    const message = `${name}: not installed on this machine`;
    return Promise.reject(new TestkitError("ERR_TESTKIT_MISSING_TOOL", message, { tool: name }));
  }
  return new Promise((resolve, reject) => {
    const child = execFile(
      path,
      args,
      {
        cwd: options.cwd,
        env: { ...process.env, LC_ALL: "C.UTF-8", ...options.env },
        encoding: "buffer",
        maxBuffer: 1024 ** 3,
        timeout: options.timeout ?? 60_000,
        killSignal: "SIGKILL",
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code === "string") {
          const message = `${name}: could not be run: ${error.message}`;
          reject(
            new TestkitError("ERR_TESTKIT_TOOL_FAILED", message, { tool: name, cause: error }),
          );
          return;
        }
        const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 128;
        resolve({ exitCode, stdout, stderr: stderr.toString() });
      },
    );
    // A program that ends without reading all of its input breaks the pipe; its status tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
  });
}

/**
 * Runs a program that is expected to succeed and returns its standard output.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function runToolOk(
  name: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<Buffer> {
  const result = await runTool(name, args, options);
  if (result.exitCode !== 0) {
    const message = `${name} ${args.join(" ")}: exit status ${result.exitCode}: ${result.stderr.trim()}`;
    throw new TestkitError("ERR_TESTKIT_TOOL_FAILED", message, {
      tool: name,
      stderr: result.stderr,
    });
  }
  return result.stdout;
}
