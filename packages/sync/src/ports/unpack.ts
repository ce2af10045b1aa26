import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { isInstalled, type RunningProgram, startProgram } from "./start-program.js";

/** Turns a compressed file into a stream of its content. */
export interface Unpacker {
  /** True if files with this ending (`gz`, `xz`, "" for plain) can be read here. */
  reads(compression: string): boolean;
  /**
   * The content of the file `path`. Ends with an error, of any kind, when the file is damaged or
   * cut short, as soon as it has unpacked to more than `limit` bytes, and when `signal` says so.
   */
  open(
    path: string,
    compression: string,
    limit: number,
    signal?: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

const CHUNK = 256 * 1024;

/** Programs that unpack to stdout; with one thread and bounded memory, as the file is upstream's. */
const PROGRAMS: Readonly<Record<string, readonly [program: string, ...options: string[]]>> = {
  xz: ["xz", "--decompress", "--stdout", "--threads=1", "--memlimit-decompress=256MiB"],
  lzma: ["xz", "--format=lzma", "--decompress", "--stdout", "--memlimit-decompress=256MiB"],
  bz2: ["bzip2", "--decompress", "--stdout"],
  zst: ["zstd", "--decompress", "--stdout", "--quiet", "--memory=256MiB"],
};

/**
 * The unpacker of this machine: zlib for `gz`, and for the others the programs that are installed,
 * which run on another core. `xz` works without its program too, by WebAssembly.
 *
 * No decoder is trusted alone: every index is also hashed against its Release.
 */
export function createUnpacker(): Unpacker {
  const installed = new Map<string, boolean>();
  return {
    reads(compression) {
      if (["", "gz", "xz"].includes(compression)) return true;
      const [program] = PROGRAMS[compression] ?? [];
      if (program === undefined) return false;
      const known = installed.get(program) ?? isInstalled(program);
      installed.set(program, known);
      return known;
    },
    async *open(path, compression, limit, signal) {
      let size = 0;
      for await (const chunk of source(path, compression, signal)) {
        size += chunk.length;
        if (size > limit) throw new Error(`unpacks to more than ${limit} bytes`);
        yield chunk;
      }
    },
  };
}

function source(
  path: string,
  compression: string,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const command = PROGRAMS[compression];
  if (command) return unpackByProgram(path, compression, command, signal);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (compression === "") return file;
  const gunzip = createGunzip({ chunkSize: CHUNK });
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

async function* unpackByProgram(
  path: string,
  compression: string,
  [program, ...options]: readonly [program: string, ...options: string[]],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let child: RunningProgram;
  try {
    child = await startProgram(program, [...options, "--", path]);
  } catch (error) {
    if (compression !== "xz") throw error;
    yield* unxzInProcess(path);
    return;
  }
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  // Between two chunks nobody else would hear it.
  const stop = () => void child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    yield* child.stdout;
    const status = await ended;
    // A cut file ends the pipe without an error: only the exit status tells.
    if (status !== 0) throw new Error(`${program}: exit status ${status}: ${complaint.trim()}`);
  } finally {
    signal?.removeEventListener("abort", stop);
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
