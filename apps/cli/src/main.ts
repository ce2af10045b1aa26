import { run } from "./run.js";
import { watchSignals } from "./signals.js";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read our output went away: nothing is wrong with the mirrors, the work goes on.
    if (error.code !== "EPIPE") throw error;
  });
}

const interrupts = watchSignals();
process.on("uncaughtException", (thrown: unknown) => {
  // Only a broken installation or a fault of ours comes here: no raw stack, and no status 0.
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // Escaped here: the part of the program that does it for others may be what is missing.
  const text = message.replace(/[^ -~]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
  process.stderr.write(`ERROR ${text}\n`);
  process.exit(1);
});
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
// A socket that a peer keeps open must not keep a finished command from ending.
process.exit(status === 0 ? 0 : (interrupts.status() ?? status));

/** Resolves once whoever reads a stream has got what was written, or has gone away. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
