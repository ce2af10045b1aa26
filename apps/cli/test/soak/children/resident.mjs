// Carries out the command lines that it is told, one after the other, in one process and with one
// signal, as a service would: node [--expose-gc] resident.mjs. Each line in is one object, `words` and
// `now`; each line out what came of it, and what the process holds once that is over.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "../../../dist/src/run.js";

/** For sockets that were told to close to be gone. */
const PAUSE = 20;
const { signal } = new AbortController();
const exits = new Set();

class Capture extends Writable {
  text = "";
  _write(chunk, _encoding, done) {
    this.text += chunk;
    done();
  }
}

async function carryOut({ words, now }) {
  const [stdout, stderr] = [new Capture(), new Capture()];
  const started = performance.now();
  const status = await run([...words, "--json"], {
    env: {},
    stdout,
    stderr,
    signal,
    now: () => new Date(now),
    atExit(work) {
      exits.add(work);
      return () => exits.delete(work);
    },
  });
  const took = performance.now() - started;
  const document = JSON.parse(stdout.text);
  const error = document.error ?? document.mirrors?.find(({ ok }) => !ok)?.error;
  return { status, code: error?.code, stderr: stderr.text, took };
}

/** What a process holds: bytes, and counts. */
async function holds() {
  await delay(PAUSE);
  globalThis.gc?.();
  await delay(0);
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const threads = Number(/^Threads:\s*(\d+)$/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  const descriptors = readdirSync("/proc/self/fd").length;
  return { rss, heap: heapUsed + external, descriptors, threads, exits: exits.size };
}

console.log(JSON.stringify("ready"));
for await (const line of createInterface({ input: process.stdin })) {
  const ran = await carryOut(JSON.parse(line));
  console.log(JSON.stringify({ ...ran, holds: await holds() }));
}
