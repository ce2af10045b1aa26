import { FetchError } from "./error.js";
import { tlsFailure } from "./tls-failure.js";

/** What is known of a connection that could not be made. */
export interface ConnectFailureFacts {
  readonly cause?: unknown;
  readonly proxyStatus?: number;
  readonly certificate?: Uint8Array | undefined;
}

/** A connection that could not be made; keeps undici from taking the cause for a broken one. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  readonly code = "CONNECT_FAILURE";
  /** Status of the proxy's answer to CONNECT. */
  readonly proxyStatus: number | undefined;
  /** What the server showed, in DER, if it came so far. */
  readonly certificate: Uint8Array | undefined;

  constructor(reason: string, options: ConnectFailureFacts) {
    super(reason, { cause: options.cause });
    this.proxyStatus = options.proxyStatus;
    this.certificate = options.certificate;
  }
}

/** Codes of the resolver, `getaddrinfo` and c-ares alike. */
const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ENODATA"]);

/**
 * What undici, Node's sockets or TLS report, as a {@link FetchError} about `url` (redacted).
 *
 * `proxy` is the origin of the proxy that the request went through, if any.
 */
export function classify(error: unknown, url: string, proxy: string | undefined): FetchError {
  if (error instanceof FetchError) {
    return error;
  }
  const fetchError = classifyDirect(error, url);
  return proxy === undefined
    ? fetchError
    : fetchError.with({}, `${fetchError.reason}, by way of the proxy ${proxy}`);
}

function classifyDirect(error: unknown, url: string): FetchError {
  const connecting = error instanceof ConnectFailure;
  const cause = connecting ? (error.cause ?? error) : error;
  const code = codeOf(cause);
  const facts = { url, found: code, cause };
  if (connecting && error.proxyStatus !== undefined) {
    return proxyRefused(error.proxyStatus, url);
  }
  if (DNS.has(code)) {
    return new FetchError("ERR_FETCH_DNS", `the host name does not resolve (${code})`, facts);
  }
  const tls = tlsFailure(cause, code, connecting ? error.certificate : undefined);
  if (tls !== undefined) {
    const { found, reason, expected } = tls;
    return new FetchError("ERR_FETCH_TLS", reason, { ...facts, found, expected });
  }
  if (connecting) {
    const found = code === "" || code === "CONNECT_FAILURE" ? error.message : code;
    return new FetchError("ERR_FETCH_CONNECT", `no connection (${found})`, { ...facts, found });
  }
  const parserError = cause instanceof Error && cause.name === "HTTPParserError";
  if (parserError || code === "UND_ERR_HEADERS_OVERFLOW") {
    const found = code || "unreadable";
    return new FetchError("ERR_FETCH_PROTOCOL", `the answer is not HTTP/1.1 (${found})`, {
      ...facts,
      found,
    });
  }
  return new FetchError("ERR_FETCH_BROKEN", `the connection broke (${code || "closed"})`, facts);
}

/** The proxy answered `status` instead of passing the request on. */
export function proxyRefused(status: number, url: string): FetchError {
  const reason =
    status === 407
      ? "the proxy wants credentials (407), or refuses those it got"
      : `the proxy refused a tunnel (${status})`;
  return new FetchError("ERR_FETCH_PROXY", reason, { url, status, found: String(status) });
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    if (typeof error.code === "string") {
      return error.code;
    }
  }
  if (error instanceof AggregateError) {
    return codeOf(error.errors[0]);
  }
  return "";
}
