import { proxyRefused } from "./classify.js";
import { FetchError } from "./error.js";
import type { ResponseHead } from "./exchange.js";
import { retryAfterOf } from "./retry.js";

/** The server says that it does not have the file: 404 Not Found, 410 Gone. */
export function isMissing(status: number): boolean {
  return status === 404 || status === 410;
}

/** The failure that an answer with a status nobody asked for is. */
export function statusError(head: ResponseHead, expected: string, url: string): FetchError {
  const { status } = head;
  if (status === 407) {
    return proxyRefused(status, url);
  }
  return new FetchError("ERR_FETCH_HTTP_STATUS", `HTTP status ${status}, expected ${expected}`, {
    url,
    status,
    expected,
    found: String(status),
    retryAfter: retryAfterOf(head),
  });
}
