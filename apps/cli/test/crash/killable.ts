import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runTool } from "@mirror/testkit";
import { BUNDLE } from "../e2e/mirrorctl.js";

const SOURCE = fileURLToPath(new URL("./kill-before.c", import.meta.url));

/** When a command is killed, with all its children; absent: not at all. */
export type Death =
  /** Right before its N-th step, counted from 1; `torn`: halfway through it, where it is a write. */
  | { readonly step: number; readonly torn?: boolean }
  /** That many ms after its start. */
  | { readonly after: number };

/** How a command ended. */
export interface Ended {
  /** Undefined where it was killed. */
  readonly status: number | undefined;
  readonly stderr: string;
  /** How many steps were begun. */
  readonly steps: number;
  /** Milliseconds. */
  readonly took: number;
}

/** One line of the log of a command: a step that begins or ends, or a call elsewhere. */
export type Step =
  | {
      readonly at: "begin" | "out";
      /** 0 for a call elsewhere. */
      readonly number: number;
      readonly call: string;
      readonly path: string;
      /** The new name, of a rename or link; what a symlink says. */
      readonly to: string;
    }
  | { readonly at: "end"; readonly number: number; readonly result: number };

/** Runs the built command so that it can be killed at any of its steps. */
export interface Killable {
  run(words: readonly string[], death?: Death): Promise<Ended>;
  /** Runs it to its end, and tells each step. */
  trace(words: readonly string[]): Promise<{ readonly ended: Ended; readonly steps: Step[] }>;
  /** What else must be in the environment of a command that is to be watched otherwise. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Compiles the library that is preloaded into commands.
 *
 * @param place - an empty directory for its files
 * @param roots - where a change of the file system is a step; absolute
 */
export async function openKillable(
  place: string,
  roots: readonly string[],
  temporary: string,
): Promise<Killable> {
  const library = join(place, "kill-before.so");
  const flags = ["-O2", "-shared", "-fPIC", "-Wall", "-Wextra"];
  const compiled = await runTool("gcc", [...flags, "-o", library, SOURCE, "-ldl"]);
  if (compiled.exitCode !== 0) throw new Error(compiled.stderr);
  const counter = join(place, "counter");
  const log = join(place, "log");
  const { NODE_EXTRA_CA_CERTS: _added, ...inherited } = process.env;
  const environment = {
    ...inherited,
    HOME: join(temporary, "no-home"),
    TMPDIR: temporary,
    NO_COLOR: "1",
    // What the kernel does for io_uring passes no C library.
    UV_USE_IO_URING: "0",
  };
  const start = async (
    words: readonly string[],
    death: Death | undefined,
    more: NodeJS.ProcessEnv = {},
  ): Promise<Ended> => {
    writeFileSync(counter, Buffer.alloc(4096));
    const step = death !== undefined && "step" in death ? death : undefined;
    const started = performance.now();
    const child = spawn(process.execPath, [BUNDLE, ...words], {
      cwd: temporary,
      env: {
        ...environment,
        LD_PRELOAD: library,
        KILL_ROOTS: roots.join(":"),
        KILL_STATE: counter,
        ...(step === undefined ? {} : { KILL_AT: String(step.step) }),
        ...(step?.torn === true ? { KILL_TORN: "1" } : {}),
        ...more,
      },
      // A process group of its own: the kill is for its children too.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const closed = new Promise<number | undefined>((resolve) => {
      child.once("close", (code) => resolve(code ?? undefined));
    });
    if (death !== undefined && "after" in death) {
      await Promise.race([delay(death.after), closed]);
      // Once it has ended its number may be another's.
      if (child.exitCode === null) killGroup(child.pid);
    }
    const status = await closed;
    const took = performance.now() - started;
    const steps = Number(readFileSync(counter).readBigUInt64LE(0));
    return { status, stderr, steps, took };
  };
  return {
    environment,
    run: (words, death) => start(words, death),
    async trace(words) {
      writeFileSync(log, "");
      const ended = await start(words, undefined, { KILL_LOG: log });
      return { ended, steps: readSteps(readFileSync(log, "utf8")) };
    },
  };
}

/** A group whose last process has gone is no error. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function readSteps(text: string): Step[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Step => {
      const [at, number, ...rest] = line.split("\t");
      if (at === "end") return { at, number: Number(number), result: Number(rest[0]) };
      const [call = "", path = "", to = ""] = rest;
      return { at: at === "out" ? "out" : "begin", number: Number(number), call, path, to };
    });
}
