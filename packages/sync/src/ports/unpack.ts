import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** Turns a compressed file into a stream of its content. */
export interface Unpacker {
  /** True if files with this ending (`gz`, `xz`, "" for plain) can be read here. */
  reads(compression: string): boolean;
  /**
   * The content of the file `path`. Ends with an error, of any kind, when the file is damaged or
   * cut short, and as soon as it has unpacked to more than `limit` bytes.
   */
  open(path: string, compression: string, limit: number): AsyncIterable<Uint8Array>;
}

const CHUNK = 256 * 1024;

/**
 * The unpacker of this machine: zlib for `gz`; for `xz` the `xz` program, which runs on another
 * core, or WebAssembly where it is not installed.
 *
 * No decoder is trusted alone: every index is also hashed against its Release.
 */
export function createUnpacker(): Unpacker {
  return {
    reads: (compression) => ["", "gz", "xz"].includes(compression),
    async *open(path, compression, limit) {
      let size = 0;
      for await (const chunk of source(path, compression)) {
        size += chunk.length;
        if (size > limit) throw new Error(`unpacks to more than ${limit} bytes`);
        yield chunk;
      }
    },
  };
}

function source(path: string, compression: string): AsyncIterable<Uint8Array> {
  if (compression === "xz") return unxz(path);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (compression === "") return file;
  const gunzip = createGunzip({ chunkSize: CHUNK });
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

async function* unxz(path: string): AsyncGenerator<Uint8Array> {
  // One thread and a bounded dictionary: the file is the upstream's, the memory is ours.
  const arguments_ = ["--decompress", "--stdout", "--threads=1", "--memlimit-decompress=256MiB"];
  const child = spawn("xz", [...arguments_, "--", path], { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  const started = new Promise<boolean>((resolve) => {
    child.once("spawn", () => resolve(true)).once("error", () => resolve(false));
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (!(await started)) {
    yield* unxzInProcess(path);
    return;
  }
  try {
    yield* child.stdout;
    const status = await ended;
    // A cut file ends the pipe without an error: only the exit status tells.
    if (status !== 0) throw new Error(`xz: exit status ${status}: ${complaint.trim()}`);
  } finally {
    child.kill();
  }
}

async function* unxzInProcess(path: string): AsyncGenerator<Uint8Array> {
  // The package is CommonJS: Node puts its exports on `default`, a bundler may put them beside it.
  const module = await import("xz-decompress");
  const { XzReadableStream } = "default" in module ? (module.default as typeof module) : module;
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const packed = Readable.toWeb(file) as unknown as globalThis.ReadableStream<Uint8Array>;
  const reader = new XzReadableStream(packed).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    file.destroy();
  }
}
