import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { type Aborts, abortedError } from "./abort.js";
import { FetchError } from "./error.js";
import type { ResponseHead } from "./exchange.js";
import { bodyStart, fileHead } from "./file-head.js";
import { filePathOf } from "./file-path.js";
import { redactUrl } from "./redact.js";
import { stalledError, tooSlowError } from "./stalled-error.js";
import type { Request } from "./transport.js";
import type { Watch, Watched } from "./watch.js";
import { errnoOf } from "./write-error.js";

/** Bytes read at a time. */
const PIECE = 256 * 1024;
const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Answers a request for a file of this machine as a server would: with its size and validators,
 * conditionally, from a byte on, or by 404. Symlinks are followed.
 *
 * @throws FetchError with `ERR_FETCH_READ` for what is no regular file or cannot be read, with
 * `ERR_FETCH_BROKEN` for a file that changes meanwhile, `ERR_FETCH_STALLED`, `ERR_FETCH_ABORTED`;
 * and whatever the receiver threw.
 */
export function exchangeFile(
  request: Request,
  watch: Watch,
  aborts: Aborts,
): Promise<ResponseHead> {
  const { url, signal } = request;
  return new Promise((resolve, reject) => {
    const reading = new Reading(request, watch, reject);
    const stopListening = aborts.on(signal, (reason) => reading.end(abortedError(url, reason)));
    watch.add(reading);
    reading
      .answer()
      .then(resolve, reject)
      .finally(() => {
        stopListening();
        watch.remove(reading);
      });
  });
}

/** A file on its way to a receiver. A call that hangs, as on a dead network disk, ends without it. */
class Reading implements Watched {
  touched: number;
  stretchStart: number | undefined;
  stretchBytes = 0;
  readonly #request: Request;
  readonly #watch: Watch;
  readonly #reject: (error: FetchError) => void;
  #ended = false;

  constructor(request: Request, watch: Watch, reject: (error: FetchError) => void) {
    this.#request = request;
    this.#watch = watch;
    this.#reject = reject;
    this.touched = watch.now;
  }

  /** Gives up; the receiver is told nothing more. */
  end(error: FetchError): void {
    this.#ended = true;
    this.#watch.remove(this);
    this.#reject(error);
  }

  stalled(): void {
    this.end(stalledError(this.#request.url, this.stretchStart === undefined));
  }

  tooSlow(bytesPerSecond: number): void {
    this.end(tooSlowError(this.#request.url, bytesPerSecond));
  }

  async answer(): Promise<ResponseHead> {
    const handle = await this.#open();
    if (handle === undefined) {
      return { status: 404, headers: {} };
    }
    try {
      return await this.#send(handle);
    } finally {
      await handle.close();
    }
  }

  /** Undefined if there is no such file. */
  async #open(): Promise<FileHandle | undefined> {
    const path = filePathOf(this.#request.url) ?? "";
    try {
      // Looked at first: to open a device may set it going, and a pipe would wait for its writer.
      this.#assertFile(await stat(path, { bigint: true }));
      return await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      const found = errnoOf(error);
      if (found === "ENOENT" || found === "ENOTDIR") {
        return undefined;
      }
      throw this.#readError(error);
    }
  }

  async #send(handle: FileHandle): Promise<ResponseHead> {
    const { method, url, headers, receiver } = this.#request;
    const before = await this.#call(handle.stat({ bigint: true }));
    this.#assertFile(before);
    const head = fileHead(before, headers);
    if (this.#ended || !receiver.head(head) || method === "HEAD") {
      return head;
    }
    this.stretchStart = this.#watch.now;
    const size = Number(before.size);
    let at = bodyStart(head);
    while (at <= size) {
      // A new buffer each time, as the receiver keeps it; at the end one byte more shows growth.
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size - at)));
      const { bytesRead } = await this.#call(handle.read(buffer, 0, buffer.length, at));
      if (this.#ended) {
        return head;
      }
      if (bytesRead === 0) {
        break;
      }
      at += bytesRead;
      this.touched = this.#watch.now;
      this.stretchBytes += bytesRead;
      receiver.chunk(buffer.subarray(0, bytesRead));
    }
    const after = await this.#call(handle.stat({ bigint: true }));
    if (this.#ended) {
      return head;
    }
    // Not by ctime: one more link to the file changes that.
    if (at !== size || after.mtimeNs !== before.mtimeNs) {
      const reason = "the file changed while it was read";
      throw new FetchError("ERR_FETCH_BROKEN", reason, { url: redactUrl(url.href) });
    }
    receiver.end(head);
    return head;
  }

  #assertFile(found: BigIntStats): void {
    if (!found.isFile()) {
      throw this.#readError(undefined);
    }
  }

  async #call<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      throw this.#readError(error);
    }
  }

  /** @param cause - What a file call threw; undefined where there is no regular file. */
  #readError(cause: unknown): FetchError {
    if (cause instanceof FetchError) {
      return cause;
    }
    const { url } = this.#request;
    const found = cause === undefined ? "not-a-file" : errnoOf(cause);
    const reason = cause === undefined ? "is no regular file" : `cannot be read (${found})`;
    const facts = { url: redactUrl(url.href), path: filePathOf(url), found, cause };
    return new FetchError("ERR_FETCH_READ", reason, facts);
  }
}
