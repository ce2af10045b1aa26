import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";

const MODULE = new URL("../dist/src/signals.js", import.meta.url).href;

/** A program that does not stop by itself: what ends it is the watching of signals. */
const PROGRAM = `
let second = "none";
process.on("SIGTERM", () => {
  second = "same turn";
  setImmediate(() => { second = "later"; });
});
const { watchSignals } = await import(${JSON.stringify(MODULE)});
const { signal } = watchSignals();
signal.addEventListener("abort", () => console.log(signal.reason.message));
process.on("exit", () => console.log(second));
setInterval(() => {}, 1000);
console.log("ready");
`;

function start(): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

test("the second signal ends a program at once that the first one could not end", async () => {
  const { child, lines } = start();
  const ended = once(child, "close");
  expect(await lines.next()).toMatchObject({ value: "ready" });
  child.kill("SIGINT");
  expect(await lines.next()).toMatchObject({ value: "stopped by SIGINT" });
  child.kill("SIGTERM");
  expect(await lines.next()).toMatchObject({ value: "same turn" });
  expect(await ended).toEqual([130, null]);
});

test("one signal ends it too, after the patience that was promised", async () => {
  const { child, lines } = start();
  const ended = once(child, "close");
  await lines.next();
  child.kill("SIGHUP");
  expect(await lines.next()).toMatchObject({ value: "stopped by SIGHUP" });
  expect(await lines.next()).toMatchObject({ value: "none" });
  expect(await ended).toEqual([129, null]);
});
