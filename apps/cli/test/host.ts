import { Writable } from "node:stream";
import type { Host, Output } from "../src/host.js";
import { run } from "../src/run.js";

/** A stream that keeps what is written to it. */
export class Capture extends Writable {
  text = "";
  readonly isTTY = false;
  readonly columns = 90;

  readonly #listen: ((text: string) => void) | undefined;

  constructor(listen?: (text: string) => void) {
    super();
    this.#listen = listen;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
    this.#listen?.(this.text);
  }
}

/** What one command line did. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. `onError` is called with all of stderr as it grows. */
export async function mirrorctl(
  argv: readonly string[],
  changes: Partial<Pick<Host, "env" | "signal" | "now">> & {
    readonly onError?: (text: string) => void;
  } = {},
): Promise<Outcome> {
  const { onError, ...given } = changes;
  const stdout = new Capture();
  const stderr = new Capture(onError);
  const status = await run(argv, {
    env: {},
    signal: new AbortController().signal,
    now: () => new Date(),
    atExit: () => () => {},
    ...given,
    stdout: stdout as Output,
    stderr: stderr as Output,
  });
  return { status, stdout: stdout.text, stderr: stderr.text };
}
