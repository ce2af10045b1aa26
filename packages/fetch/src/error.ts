import { escapeText } from "./escape-text.js";

/**
 * What went wrong, as a stable code.
 *
 * - `ERR_FETCH_DNS`: the host's name does not resolve; `found` is the resolver's code.
 * - `ERR_FETCH_CONNECT`: no connection; `found` is the errno name, or `timeout`.
 * - `ERR_FETCH_TLS`: no trusted TLS connection; `found` says why: `expired`, `not-yet-valid`,
 *   `self-signed`, `unknown-ca`, `wrong-host` (`expected` is the host), `revoked`, `wrong-purpose`,
 *   `weak-certificate`, `version`, `handshake-refused`, `client-certificate-wanted`,
 *   `client-certificate-refused`, `unknown-name`, `not-tls`, or OpenSSL's code.
 * - `ERR_FETCH_BAD_TLS_FILE`: a certificate or key file cannot be used; `found` says why:
 *   `no-certificate`, `bad-certificate`, `no-key`, `bad-key`, `encrypted-key`, `key-mismatch`.
 * - `ERR_FETCH_BAD_AUTH_FILE`: a file of credentials cannot be understood; `found` is the line.
 * - `ERR_FETCH_PROXY`: the proxy refused; `status` is its answer (407: it wants credentials).
 * - `ERR_FETCH_BROKEN`: the connection broke, the body ended too early, or a file changed meanwhile.
 * - `ERR_FETCH_PROTOCOL`: the answer is not HTTP/1.1.
 * - `ERR_FETCH_STALLED`: nothing, or less than the least rate, arrived for too long.
 * - `ERR_FETCH_HTTP_STATUS`: a status that is no success for this request; see `status`.
 * - `ERR_FETCH_REDIRECT`: too many redirects, or one that must not be followed.
 * - `ERR_FETCH_SIZE_MISMATCH`, `ERR_FETCH_DIGEST_MISMATCH`: other content than expected.
 * - `ERR_FETCH_TOO_LARGE`: a document beyond the caller's limit.
 * - `ERR_FETCH_NO_SIZE`: the server does not say how large a file is.
 * - `ERR_FETCH_READ`: a file that a `file:` URL names cannot be read; `found` is the errno name, or
 *   `not-a-file`, `path` the file.
 * - `ERR_FETCH_WRITE`: the disk refused; `found` is the errno name, `path` the file.
 * - `ERR_FETCH_ABORTED`: the caller's signal, or the fetcher was closed.
 */
export type FetchErrorCode =
  | "ERR_FETCH_DNS"
  | "ERR_FETCH_CONNECT"
  | "ERR_FETCH_TLS"
  | "ERR_FETCH_BAD_TLS_FILE"
  | "ERR_FETCH_BAD_AUTH_FILE"
  | "ERR_FETCH_PROXY"
  | "ERR_FETCH_BROKEN"
  | "ERR_FETCH_PROTOCOL"
  | "ERR_FETCH_STALLED"
  | "ERR_FETCH_HTTP_STATUS"
  | "ERR_FETCH_REDIRECT"
  | "ERR_FETCH_SIZE_MISMATCH"
  | "ERR_FETCH_DIGEST_MISMATCH"
  | "ERR_FETCH_TOO_LARGE"
  | "ERR_FETCH_NO_SIZE"
  | "ERR_FETCH_READ"
  | "ERR_FETCH_WRITE"
  | "ERR_FETCH_ABORTED";

/** The facts of a {@link FetchError}. */
export interface FetchErrorFacts {
  /** Redacted: without credentials and query. */
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  /** The file on disk, or the name of the file that the caller read. */
  readonly path?: string | undefined;
  /** Seconds or date of a `Retry-After` header, as ms from its arrival. */
  readonly retryAfter?: number | undefined;
  /** How often the network was asked, over all URLs. */
  readonly attempts?: number | undefined;
  /** How the URLs before the last one failed. */
  readonly others?: readonly FetchError[] | undefined;
  readonly cause?: unknown;
}

/** The only error that this package throws for what networks, servers, disks and files do. */
export class FetchError extends Error {
  override readonly name = "FetchError";
  readonly code: FetchErrorCode;
  /** The message without the URL or path that it begins with. */
  readonly reason: string;
  /** Redacted: without credentials and query. */
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  /** The file on disk. */
  readonly path: string | undefined;
  /** What the server asked to wait, in ms. */
  readonly retryAfter: number | undefined;
  /** How often the network was asked, over all URLs; 0 if it was not. */
  readonly attempts: number;
  /** How the other URLs failed, in the order asked. */
  readonly others: readonly FetchError[];

  constructor(code: FetchErrorCode, reason: string, facts: FetchErrorFacts = {}) {
    const subject = code === "ERR_FETCH_WRITE" ? facts.path : (facts.url ?? facts.path);
    super(
      subject === undefined ? reason : `${escapeText(subject)}: ${reason}`,
      facts.cause === undefined ? undefined : { cause: facts.cause },
    );
    this.code = code;
    this.reason = reason;
    this.url = facts.url;
    this.status = facts.status;
    this.expected = facts.expected;
    this.found = facts.found;
    this.path = facts.path;
    this.retryAfter = facts.retryAfter;
    this.attempts = facts.attempts ?? 0;
    this.others = facts.others ?? [];
  }

  /** The same failure with some of its facts replaced. */
  with(facts: FetchErrorFacts, reason = this.reason): FetchError {
    return new FetchError(this.code, reason, { ...this, cause: this.cause, ...facts });
  }
}
