import { Writable } from "node:stream";
import type { Host, Output } from "../src/host.js";
import { run } from "../src/run.js";

/** A stream that keeps what is written to it. */
export class Capture extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 90;

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** What one command line did. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function mirrorctl(
  argv: readonly string[],
  changes: Partial<Pick<Host, "env" | "signal" | "now">> = {},
): Promise<Outcome> {
  const stdout = new Capture();
  const stderr = new Capture();
  const status = await run(argv, {
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    atExit: () => () => {},
    ...changes,
    stdout: stdout as Output,
    stderr: stderr as Output,
  });
  return { status, stdout: stdout.text, stderr: stderr.text };
}
