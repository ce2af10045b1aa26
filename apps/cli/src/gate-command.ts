import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Output } from "./host.js";

/** A command of the gate, and what it is told. */
export interface GateCommand {
  readonly argv: readonly string[];
  /** `MIRRORCTL_MIRROR`, `MIRRORCTL_SNAPSHOT`, `MIRRORCTL_PATH`. */
  readonly facts: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Where all that it prints goes. */
  readonly output: Output;
}

/** How long a command that was told to end may take, in ms. */
const GRACE = 2000;
/** How long there may be output to read of one that has ended, in ms: what it left behind holds it open. */
const REST = 500;

/** Runs the command; resolves to why it counts as failed, or to `undefined`. */
export async function runGateCommand(command: GateCommand): Promise<string | undefined> {
  const { argv, facts, env, timeout, signal, output } = command;
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...env, ...facts },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it has started ends with it.
    detached: true,
  });
  if (child.pid === undefined) {
    // Its pipes may not even be there.
    const [error] = await once(child, "error");
    return `could not be started: ${error.message}`;
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => output.write(bytes));
  }
  /** False once nobody of its group is there. */
  const kill = (name: NodeJS.Signals | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, name);
    } catch {
      return false;
    }
  };
  let reason: string | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: string) => {
    reason ??= why;
    ending ??= endGroup(kill);
  };
  const timer = setTimeout(() => end(`did not end within ${timeout / 1000} s`), timeout);
  const stop = () => end("was stopped");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const reading = new AbortController();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const ended = await new Promise<string | undefined>((resolve) => {
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      child.once("exit", (code, killer) => {
        if (code === 0) resolve(undefined);
        else resolve(code === null ? `was ended by ${killer}` : `ended with status ${code}`);
      });
    });
    await ending;
    const { signal: read } = reading;
    await Promise.race([closed, delay(REST, undefined, { signal: read }).catch(() => {})]);
    return reason ?? ended;
  } finally {
    reading.abort();
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    // What it left behind must not go on writing here.
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }
}

/** Asks all of a group of processes to end, waits, and kills those that have not. */
async function endGroup(kill: (name: NodeJS.Signals | 0) => boolean): Promise<void> {
  kill("SIGTERM");
  for (const since = performance.now(); kill(0); await delay(20)) {
    if (performance.now() - since < GRACE) continue;
    kill("SIGKILL");
    return;
  }
}
