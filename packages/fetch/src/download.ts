import { type Answer, type Attempt, askInTurn, type Patience } from "./attempts.js";
import { assertDigests, CheckStream, type Digests, sizeMismatch } from "./check-stream.js";
import { FetchError } from "./error.js";
import { headerOf, type Receiver, type ResponseHead } from "./exchange.js";
import { PartialFile } from "./partial-file.js";
import { redactUrl } from "./redact.js";
import { follow } from "./redirect.js";
import { requestHeaders } from "./request-headers.js";
import { isRestOf, rangeHeaders, type Validator, validatorOf } from "./resume.js";
import { isMissing, statusError } from "./status.js";
import type { Transport } from "./transport.js";

/** A file wanted on disk. */
export interface DownloadRequest {
  /** Asked in this order until one delivers the right content. */
  readonly urls: readonly string[];
  /** Where the file appears, complete and right; its directory must exist. */
  readonly destination: string;
  /** Bytes. */
  readonly size: number;
  readonly digests: Digests;
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they arrive, those of failed attempts included; must not throw. */
  onBytes?(count: number): void;
}

/** What came of a {@link DownloadRequest}; `url` is one of its `urls` as given, credentials included. */
export type DownloadResult =
  | {
      readonly status: "done";
      readonly url: string;
      /** Taken from the network, failed attempts included. */
      readonly bytes: number;
      /** Lower-case hex. */
      readonly sha256: string;
      /** What the server said; it is the file's mtime. */
      readonly lastModified?: Date;
    }
  | { readonly status: "missing"; readonly urls: readonly string[] };

/** After how many bytes a host counts as alive. */
const PROGRESS = 64 * 1024;

/** A partial turned out not to be a part of what the server has. */
class StartOver extends Error {
  override readonly name = "StartOver";
}

interface Done {
  readonly sha256: string;
  readonly lastModified: Date | undefined;
}

/** Carries out one {@link DownloadRequest}. */
export class Download {
  readonly #request: DownloadRequest;
  readonly #transport: Transport;
  readonly #patience: Patience;
  readonly #partial: PartialFile;
  #check: CheckStream;
  #bytes = 0;

  /** @throws TypeError for a size or digests that cannot be meant. */
  constructor(request: DownloadRequest, transport: Transport, patience: Patience) {
    const { size, digests, destination } = request;
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new TypeError(`size must be a whole number of bytes, got ${size}`);
    }
    assertDigests(digests);
    this.#request = request;
    this.#transport = transport;
    this.#patience = patience;
    this.#partial = new PartialFile(destination, size, digests.sha256 ?? digests.sha512 ?? "");
    this.#check = new CheckStream(size, digests);
  }

  async run(): Promise<DownloadResult> {
    const { urls, signal } = this.#request;
    const there = await this.#takeUp();
    const answer =
      there === undefined
        ? await askInTurn<Done>(urls, signal, this.#patience, (attempt) => this.#ask(attempt))
        : { value: there, url: urls[0] ?? "" };
    if (answer === undefined) {
      return { status: "missing", urls };
    }
    const { sha256, lastModified } = answer.value;
    const { url } = answer;
    const done = { status: "done", url, bytes: this.#bytes, sha256 } as const;
    return lastModified === undefined ? done : { ...done, lastModified };
  }

  /** What an earlier run left; it may be all that there is to fetch. */
  async #takeUp(): Promise<Done | undefined> {
    if (!(await this.#partial.takeUp(this.#check))) {
      this.#startOver();
      return undefined;
    }
    if (this.#check.received < this.#request.size) {
      return undefined;
    }
    const lastModified = readLastModified(this.#partial.resumable?.validator.lastModified);
    try {
      const sha256 = this.#check.finish(this.#request.urls[0] ?? "");
      this.#partial.commit(lastModified);
      return { sha256, lastModified };
    } catch (error) {
      if (error instanceof FetchError && error.code === "ERR_FETCH_DIGEST_MISMATCH") {
        this.#startOver();
        return undefined;
      }
      throw error;
    }
  }

  #startOver(): void {
    this.#partial.drop();
    this.#renewCheck();
  }

  #renewCheck(): void {
    if (this.#check.received > 0) {
      this.#check = new CheckStream(this.#request.size, this.#request.digests);
    }
  }

  async #ask(attempt: Attempt): Promise<Answer<Done>> {
    const resumable = this.#partial.resumable;
    const headers = requestHeaders(this.#patience.settings, attempt);
    if (resumable !== undefined) {
      Object.assign(headers, rangeHeaders(resumable.from, resumable.validator));
    }
    const body = new Body(this, attempt, resumable);
    let head: ResponseHead;
    try {
      head = await follow(this.#transport, {
        method: "GET",
        url: attempt.url,
        headers,
        receiver: body,
        signal: this.#request.signal,
        onTurn: attempt.onTurn,
      });
    } catch (error) {
      return this.#afterFailure(error, attempt, body);
    }
    if (body.done !== undefined) {
      return { kind: "done", value: body.done };
    }
    if (isMissing(head.status)) {
      return { kind: "missing" };
    }
    if (head.status === 416 && resumable !== undefined) {
      this.#startOver();
      return { kind: "again" };
    }
    throw statusError(
      head,
      resumable === undefined ? "200" : "200 or 206",
      redactUrl(attempt.url.href),
    );
  }

  #afterFailure(error: unknown, attempt: Attempt, body: Body): Answer<Done> {
    if (error instanceof StartOver) {
      this.#startOver();
      return { kind: "again" };
    }
    if (!body.began || !(error instanceof FetchError)) {
      throw error;
    }
    if (error.code === "ERR_FETCH_SIZE_MISMATCH" || error.code === "ERR_FETCH_DIGEST_MISMATCH") {
      this.#startOver();
      if (body.resumed) {
        return { kind: "again" };
      }
    } else if (this.#partial.putBy()) {
      attempt.kept = body.bytes;
    } else {
      this.#startOver();
    }
    throw error;
  }

  /** The body begins at byte 0. */
  begin(validator: Validator | undefined): void {
    this.#renewCheck();
    this.#partial.begin(validator);
  }

  /** The body goes on where the partial ends. */
  goOn(): void {
    if (!this.#partial.goOn()) {
      throw new StartOver();
    }
  }

  take(chunk: Buffer, url: URL): void {
    this.#bytes += chunk.length;
    this.#request.onBytes?.(chunk.length);
    this.#check.update(chunk, url.href);
    this.#partial.append(chunk);
    if (this.#bytes % PROGRESS < chunk.length) {
      this.#patience.health.progress(url.host);
    }
  }

  finish(head: ResponseHead, url: URL): Done {
    const framed =
      headerOf(head, "content-length") !== undefined ||
      headerOf(head, "transfer-encoding") !== undefined;
    if (this.#check.received < this.#request.size && !framed) {
      throw new FetchError("ERR_FETCH_BROKEN", "the connection was closed in the body", {
        url: redactUrl(url.href),
      });
    }
    const sha256 = this.#check.finish(url.href);
    const lastModified = readLastModified(headerOf(head, "last-modified"));
    this.#partial.commit(lastModified);
    return { sha256, lastModified };
  }

  get size(): number {
    return this.#request.size;
  }
}

/** The body of one attempt. */
class Body implements Receiver {
  /** Something of the body may have been taken. */
  began = false;
  resumed = false;
  bytes = 0;
  done: Done | undefined;
  readonly #download: Download;
  readonly #attempt: Attempt;
  readonly #resumable: { from: number; validator: Validator } | undefined;

  constructor(
    download: Download,
    attempt: Attempt,
    resumable: { from: number; validator: Validator } | undefined,
  ) {
    this.#download = download;
    this.#attempt = attempt;
    this.#resumable = resumable;
  }

  head(head: ResponseHead): boolean {
    const { size } = this.#download;
    if (head.status === 206 && this.#resumable !== undefined) {
      const { from, validator } = this.#resumable;
      if (!isRestOf(head, from, size, validator)) {
        throw new StartOver();
      }
      this.#download.goOn();
      this.began = true;
      this.resumed = true;
      return true;
    }
    if (head.status !== 200) {
      return false;
    }
    const length = headerOf(head, "content-length");
    if (length !== undefined && Number(length) !== size) {
      throw sizeMismatch(size, length, this.#attempt.url.href);
    }
    this.began = true;
    this.#download.begin(validatorOf(head));
    return true;
  }

  chunk(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#download.take(bytes, this.#attempt.url);
  }

  end(head: ResponseHead): void {
    this.done = this.#download.finish(head, this.#attempt.url);
  }
}

/** A day's clock difference between us and a server is borne; a time later than that is no time. */
const FUTURE = 24 * 60 * 60 * 1000;

function readLastModified(value: string | undefined): Date | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return time >= 0 && time <= Date.now() + FUTURE ? new Date(time) : undefined;
}
