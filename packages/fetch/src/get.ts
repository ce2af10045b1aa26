import { type Answer, type Attempt, askInTurn, type Patience } from "./attempts.js";
import { FetchError } from "./error.js";
import { headerOf, type Receiver, type ResponseHead } from "./exchange.js";
import { Pieces } from "./pieces.js";
import { redactUrl } from "./redact.js";
import { follow } from "./redirect.js";
import { requestHeaders } from "./request-headers.js";
import { isMissing, statusError } from "./status.js";
import type { Transport } from "./transport.js";

/** A small document wanted in memory. */
export interface GetRequest {
  /** Asked in this order until one has it. */
  readonly urls: readonly string[];
  /** Most bytes that are taken. */
  readonly limit: number;
  /** As an earlier answer gave it: the answer may then be `unchanged`. */
  readonly etag?: string | undefined;
  /** As an earlier answer gave it: the answer may then be `unchanged`. */
  readonly lastModified?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came of a {@link GetRequest}; `url` is one of its `urls` as given, credentials included. */
export type GetResult =
  | {
      readonly status: "ok";
      readonly body: Uint8Array;
      readonly url: string;
      readonly etag?: string;
      readonly lastModified?: string;
    }
  | { readonly status: "unchanged"; readonly url: string }
  | { readonly status: "missing"; readonly urls: readonly string[] };

type Document = { body: Uint8Array; head: ResponseHead } | "unchanged";

/** Carries out a {@link GetRequest}. */
export async function get(
  request: GetRequest,
  transport: Transport,
  patience: Patience,
): Promise<GetResult> {
  const answer = await askInTurn<Document>(request.urls, request.signal, patience, (attempt) =>
    ask(request, attempt, transport, patience),
  );
  if (answer === undefined) {
    return { status: "missing", urls: request.urls };
  }
  const { url, value } = answer;
  if (value === "unchanged") {
    return { status: "unchanged", url };
  }
  const etag = echoable(headerOf(value.head, "etag"));
  const lastModified = echoable(headerOf(value.head, "last-modified"));
  return {
    status: "ok",
    body: value.body,
    url,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

async function ask(
  request: GetRequest,
  attempt: Attempt,
  transport: Transport,
  patience: Patience,
): Promise<Answer<Document>> {
  const headers = { ...requestHeaders(patience.settings, attempt) };
  const etag = echoable(request.etag);
  const lastModified = echoable(request.lastModified);
  if (etag !== undefined) {
    headers["if-none-match"] = etag;
  }
  if (lastModified !== undefined) {
    headers["if-modified-since"] = lastModified;
  }
  const url = redactUrl(attempt.url.href);
  const receiver = new DocumentReceiver(request.limit, url);
  const head = await follow(transport, {
    method: "GET",
    url: attempt.url,
    headers,
    receiver,
    signal: request.signal,
    onTurn: attempt.onTurn,
  });
  if (isMissing(head.status)) {
    return { kind: "missing" };
  }
  const conditional = etag !== undefined || lastModified !== undefined;
  if (head.status === 304 && conditional) {
    return { kind: "done", value: "unchanged" };
  }
  if (head.status !== 200) {
    throw statusError(head, conditional ? "200 or 304" : "200", url);
  }
  return { kind: "done", value: { body: Buffer.concat(receiver.pieces.take()), head } };
}

/** Collects a body of at most `limit` bytes. */
class DocumentReceiver implements Receiver {
  readonly pieces = new Pieces();
  readonly #limit: number;
  readonly #url: string;

  constructor(limit: number, url: string) {
    this.#limit = limit;
    this.#url = url;
  }

  head(head: ResponseHead): boolean {
    if (head.status !== 200) {
      return false;
    }
    const length = headerOf(head, "content-length");
    if (length !== undefined && Number(length) > this.#limit) {
      throw this.#tooLarge(length);
    }
    return true;
  }

  chunk(bytes: Buffer): void {
    this.pieces.push(bytes);
    if (this.pieces.bytes > this.#limit) {
      throw this.#tooLarge(`more than ${this.#limit}`);
    }
  }

  end(): void {}

  #tooLarge(found: string): FetchError {
    const expected = `at most ${this.#limit}`;
    return new FetchError(
      "ERR_FETCH_TOO_LARGE",
      `too large, expected ${expected} bytes, got ${found}`,
      {
        url: this.#url,
        expected,
        found,
      },
    );
  }
}

/** A validator that can be sent back as a header. */
function echoable(value: string | undefined): string | undefined {
  return value !== undefined && /^[\x20-\x7e]{1,1024}$/.test(value) ? value : undefined;
}
