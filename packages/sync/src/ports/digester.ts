import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type DigestOptions, digestFile } from "../digest-file.js";

/** Hashes files; its disposal ends its threads, and may be repeated. */
export interface Digester extends Disposable {
  /** As {@link digestFile}; `size` is what the file is expected to have. */
  digest(
    path: string,
    size: number,
    algorithms: readonly string[],
    options: DigestOptions,
  ): Promise<ReadonlyMap<string, string>>;
}

/** Hashes on the thread of the caller. */
export const PLAIN_DIGESTER: Digester = {
  digest: (path, _size, algorithms, options) => digestFile(path, algorithms, options),
  [Symbol.dispose]() {},
};

/** Smaller files are hashed here: to hand one over takes as long as to hash 100 kB. */
const LEAST = 1 << 18;

/** Threads at most: as many files as a verification has in hand at a time. */
const MOST = 4;

/**
 * What a thread runs. A text, as it must be found however this package is bundled. It does what
 * {@link digestFile} does, one file after the other, and tells of bytes as it reads them.
 */
const THREAD = `
const { createHash } = require("node:crypto");
const { closeSync, constants, fstatSync, openSync, readSync } = require("node:fs");
const { parentPort } = require("node:worker_threads");
const buffer = Buffer.allocUnsafe(1 << 20);
parentPort.on("message", ({ path, algorithms }) => {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) throw new TypeError(path + ": no regular file");
      const hashes = algorithms.map((name) => [name, createHash(name)]);
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
        const chunk = buffer.subarray(0, read);
        for (const [, hash] of hashes) hash.update(chunk);
        parentPort.postMessage({ read });
      }
      parentPort.postMessage({ digests: hashes.map(([name, hash]) => [name, hash.digest("hex")]) });
    } finally {
      closeSync(fd);
    }
  } catch ({ message, code }) {
    parentPort.postMessage({ fault: { message, code } });
  }
});
`;

type Answer =
  | { readonly read: number }
  | { readonly digests: readonly (readonly [string, string])[] }
  /** An error loses its code on the way between threads. */
  | { readonly fault: { readonly message: string; readonly code?: string } };

/**
 * The digester of this machine: large files are hashed on other cores, several at a time. Threads
 * begin with the first of these; where none can be had, it hashes as {@link PLAIN_DIGESTER}.
 */
export function createDigester(): Digester {
  const most = Math.min(MOST, availableParallelism());
  const idle: Worker[] = [];
  const waiting: ((worker: Worker | undefined) => void)[] = [];
  const running = new Set<Worker>();
  let ended = most < 2;

  const take = (): Promise<Worker | undefined> | Worker | undefined => {
    if (ended) return undefined;
    const worker = idle.pop();
    if (worker) return worker;
    if (running.size >= most) return new Promise((resolve) => waiting.push(resolve));
    const started = start();
    // This machine lets us have none.
    if (!started) ended = true;
    else running.add(started);
    return started;
  };
  const start = (): Worker | undefined => {
    try {
      const worker = new Worker(THREAD, { eval: true, execArgv: [] });
      // What is going on keeps the process alive, a thread that waits for work must not.
      worker.unref();
      // Whoever waits for its answer is told; one that dies idle is not to be asked again.
      worker.on("error", () => {}).once("exit", () => forget(worker));
      return worker;
    } catch {
      return undefined;
    }
  };
  const forget = (worker: Worker) => {
    running.delete(worker);
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  };
  const giveBack = (worker: Worker) => {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };
  const drop = (worker: Worker) => {
    forget(worker);
    void worker.terminate();
    // Whoever waits for a thread hashes without one: there may be none any more.
    for (const next of waiting.splice(0)) next(undefined);
  };
  return {
    async digest(path, size, algorithms, options) {
      const worker = size < LEAST ? undefined : await take();
      if (!worker) return digestFile(path, algorithms, options);
      let outcome: Outcome;
      try {
        outcome = await askThread(worker, { path, algorithms }, options);
      } catch (error) {
        drop(worker);
        options.signal?.throwIfAborted();
        // The thread died, not the file: this machine lets us have none.
        ended = true;
        if (error instanceof Error) return digestFile(path, algorithms, options);
        throw error;
      }
      giveBack(worker);
      if ("error" in outcome) throw outcome.error;
      return outcome.digests;
    },
    [Symbol.dispose]() {
      ended = true;
      for (const worker of running) void worker.terminate();
      running.clear();
    },
  };
}

type Outcome = { readonly digests: ReadonlyMap<string, string> } | { readonly error: Error };

/** What a thread says of a file; rejects when the thread dies, or the signal says so. */
function askThread(
  worker: Worker,
  question: { readonly path: string; readonly algorithms: readonly string[] },
  { signal, onBytes }: DigestOptions,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      worker.off("message", listen).off("error", fail).off("exit", gone);
      signal?.removeEventListener("abort", stop);
      worker.unref();
      then();
    };
    const listen = (answer: Answer) => {
      if ("read" in answer) onBytes?.(answer.read);
      else if ("fault" in answer) {
        const { message, code } = answer.fault;
        settle(() => resolve({ error: Object.assign(new Error(message), { code }) }));
      } else settle(() => resolve({ digests: new Map(answer.digests) }));
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const gone = () => fail(new Error("a thread has ended"));
    const stop = () => fail(signal?.reason);
    worker.on("message", listen).on("error", fail).on("exit", gone);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    else {
      worker.ref();
      worker.postMessage(question);
    }
  });
}
