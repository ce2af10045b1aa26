import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { run } from "./run.js";
import { watchSignals } from "./signals.js";

// The parser of undici is one large function of WebAssembly, and to optimize it takes 60 ms and 35 MiB
// at every sync, which also has to wait for it before it can end. The bytes of bodies do not pass it.
setFlagsFromString("--wasm-tiering-budget=2000000000");

/** Why a result did not reach whoever asked for it. */
let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read it went away: nothing is wrong with the mirrors, the work goes on.
  if (error.code !== "EPIPE") unwritten ??= error;
});
// The work matters more than the log of it, which may fill the very disk that is to be freed.
process.stderr.on("error", () => undefined);

const interrupts = watchSignals();
process.on("uncaughtException", (thrown: unknown) => {
  // Only a broken installation or a fault of ours comes here: no raw stack, and no status 0.
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Escaped here: the part of the program that does it for others may be what is missing.
  const text = message.replace(/[^ -~]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
  process.stderr.write(`ERROR ${text}\n`);
  process.exit(1);
});
void main();

async function main(): Promise<void> {
  const status = await run(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupts.signal,
    now: () => new Date(),
    atExit(work) {
      process.once("exit", work);
      return () => process.removeListener("exit", work);
    },
  });
  // What was written to a pipe is on its way still, and would be cut off.
  await Promise.all([process.stdout, process.stderr].map(written));
  // A stream tells of what it could not write only now.
  await setImmediate();
  if (unwritten !== undefined) process.stderr.write(`ERROR stdout: ${unwritten.message}\n`);
  // A socket that a peer keeps open must not keep a finished command from ending.
  process.exit(status === 0 ? Number(unwritten !== undefined) : (interrupts.status() ?? status));
}

/** Resolves once whoever reads a stream has got what was written, or has gone away. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
