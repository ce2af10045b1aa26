import { abortedError } from "./abort.js";
import { type Answer, type Attempt, askInTurn, type Patience } from "./attempts.js";
import { Body, type BodyTaker, StartOver } from "./body.js";
import { assertDigests, CheckStream, type Digests } from "./check-stream.js";
import { FetchError } from "./error.js";
import { headerOf, type ResponseHead } from "./exchange.js";
import { PartialFile } from "./partial-file.js";
import { redactUrl } from "./redact.js";
import { follow } from "./redirect.js";
import { requestHeaders } from "./request-headers.js";
import { rangeHeaders, type Validator } from "./resume.js";
import { isMissing, statusError } from "./status.js";
import type { Place, Transport } from "./transport.js";

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
      /** Taken from the network or from another disk, failed attempts included. */
      readonly bytes: number;
      /** Lower-case hex. */
      readonly sha256: string;
      /** What the server said; it is the file's mtime. */
      readonly lastModified?: Date;
    }
  | { readonly status: "missing"; readonly urls: readonly string[] };

/** After how many bytes a host counts as alive. */
const PROGRESS = 64 * 1024;

interface Done {
  readonly sha256: string;
  readonly lastModified: Date | undefined;
}

/**
 * Refuses what cannot be meant.
 *
 * @throws TypeError for a size or digests that cannot be.
 */
export function assertDownload({ size, digests }: DownloadRequest): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new TypeError(`size must be a whole number of bytes, got ${size}`);
  }
  assertDigests(digests);
}

/** Carries out one {@link DownloadRequest}. */
export class Download implements BodyTaker {
  readonly #request: DownloadRequest;
  readonly #transport: Transport;
  readonly #patience: Patience;
  readonly #partial: PartialFile;
  #check: CheckStream | undefined;
  #bytes = 0;

  constructor(request: DownloadRequest, transport: Transport, patience: Patience) {
    const { size, digests, destination } = request;
    this.#request = request;
    this.#transport = transport;
    this.#patience = patience;
    this.#partial = new PartialFile(destination, size, digests.sha256 ?? digests.sha512 ?? "");
  }

  /** `place` is for the first request. */
  async run(place: Place): Promise<DownloadResult> {
    const { urls, signal } = this.#request;
    const left = this.#partial.leftOver();
    // No await where nothing was left: the request then goes out in the same turn of the loop.
    const there = left === undefined ? undefined : await this.#takeUp(left);
    const answer =
      there === undefined
        ? await askInTurn<Done>(urls, signal, this.#patience, (attempt) =>
            this.#ask(attempt, place),
          )
        : { value: there, url: urls[0] ?? "" };
    if (answer === undefined) {
      return { status: "missing", urls };
    }
    const { sha256, lastModified } = answer.value;
    const { url } = answer;
    const done = { status: "done", url, bytes: this.#bytes, sha256 } as const;
    return lastModified === undefined ? done : { ...done, lastModified };
  }

  /** What an earlier run left may be all that there is to fetch. */
  async #takeUp(validator: Validator): Promise<Done | undefined> {
    const check = this.#renewCheck();
    await this.#partial.takeUp(validator, check, () => this.#assertWanted());
    if (check.received < this.#request.size) {
      return undefined;
    }
    const lastModified = readLastModified(validator.lastModified);
    try {
      const sha256 = check.finish(this.#request.urls[0] ?? "");
      if (!this.#partial.goOn()) {
        this.#partial.drop();
        return undefined;
      }
      this.#partial.commit(lastModified);
      return { sha256, lastModified };
    } catch (error) {
      if (error instanceof FetchError && error.code === "ERR_FETCH_DIGEST_MISMATCH") {
        this.#partial.drop();
        return undefined;
      }
      throw error;
    }
  }

  #assertWanted(): void {
    const { urls, signal } = this.#request;
    const aborted = this.#patience.aborts.reason(signal);
    if (aborted !== undefined) {
      throw abortedError(new URL(urls[0] ?? ""), aborted.reason);
    }
  }

  #renewCheck(): CheckStream {
    const check = new CheckStream(this.#request.size, this.#request.digests);
    this.#check = check;
    return check;
  }

  async #ask(attempt: Attempt, place: Place): Promise<Answer<Done>> {
    const resumable = this.#partial.resumable;
    const headers = requestHeaders(this.#patience.settings, attempt);
    const body = new Body(this, attempt.url, this.#request.size, resumable);
    let head: ResponseHead;
    try {
      head = await follow(this.#transport, {
        method: "GET",
        url: attempt.url,
        headers:
          resumable === undefined
            ? headers
            : { ...headers, ...rangeHeaders(resumable.from, resumable.validator) },
        receiver: body,
        signal: this.#request.signal,
        place,
        onTurn: attempt.onTurn,
      });
    } catch (error) {
      return this.#afterFailure(error, attempt, body);
    }
    if (body.sha256 !== undefined) {
      const lastModified = readLastModified(headerOf(head, "last-modified"));
      return { kind: "done", value: { sha256: body.sha256, lastModified } };
    }
    if (isMissing(head.status)) {
      return { kind: "missing" };
    }
    if (head.status === 416 && resumable !== undefined) {
      this.#partial.drop();
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
      this.#partial.drop();
      return { kind: "again" };
    }
    if (!body.began) {
      throw error;
    }
    if (isOtherContent(error)) {
      this.#partial.drop();
      if (body.resumed) {
        return { kind: "again" };
      }
    } else if (this.#partial.putBy()) {
      attempt.kept = body.bytes;
    }
    throw error;
  }

  begin(validator: Validator | undefined): void {
    this.#renewCheck();
    this.#partial.begin(validator);
  }

  goOn(): boolean {
    return this.#partial.goOn();
  }

  take(chunk: Buffer, url: URL): void {
    this.#bytes += chunk.length;
    this.#request.onBytes?.(chunk.length);
    this.#check?.update(chunk, url.href);
    this.#partial.append(chunk);
    if (this.#bytes % PROGRESS < chunk.length) {
      this.#patience.health.progress(url.host);
    }
  }

  finish(head: ResponseHead, url: URL): string {
    const check = this.#check ?? this.#renewCheck();
    const framed =
      headerOf(head, "content-length") !== undefined ||
      headerOf(head, "transfer-encoding") !== undefined;
    if (check.received < this.#request.size && !framed) {
      throw new FetchError("ERR_FETCH_BROKEN", "the connection was closed in the body", {
        url: redactUrl(url.href),
      });
    }
    const sha256 = check.finish(url.href);
    this.#partial.commit(readLastModified(headerOf(head, "last-modified")));
    return sha256;
  }
}

function isOtherContent(error: unknown): boolean {
  return (
    error instanceof FetchError &&
    (error.code === "ERR_FETCH_SIZE_MISMATCH" || error.code === "ERR_FETCH_DIGEST_MISMATCH")
  );
}

/** A day's clock difference between us and a server is borne; a time later than that is no time. */
const FUTURE = 24 * 60 * 60 * 1000;

function readLastModified(value: string | undefined): Date | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return time >= 0 && time <= Date.now() + FUTURE ? new Date(time) : undefined;
}
