import type { Attempt, Patience } from "./attempts.js";
import type { ResponseHead } from "./exchange.js";
import { redactUrl } from "./redact.js";
import { follow } from "./redirect.js";
import { requestHeaders } from "./request-headers.js";
import { isMissing, statusError } from "./status.js";
import type { Transport } from "./transport.js";

/** What servers answer that let a file be fetched and do not answer HEAD. */
const NO_HEAD = new Set([403, 405, 501]);

/**
 * What a server says of a file without sending it: by HEAD, and by a GET of its first byte where the
 * answer is 403, 405 or 501, or does not suffice. Undefined for 404 and 410.
 *
 * The answer to the GET may be a 206, or a 416 for an empty file, which has no first byte.
 *
 * @throws FetchError `ERR_FETCH_HTTP_STATUS` for any other status that is no success.
 */
export async function askHead(
  attempt: Attempt,
  signal: AbortSignal | undefined,
  transport: Transport,
  patience: Patience,
  suffices: (head: ResponseHead) => boolean = () => true,
): Promise<ResponseHead | undefined> {
  const headers = requestHeaders(patience.settings, attempt);
  const ask = (method: "HEAD" | "GET", more: Readonly<Record<string, string>>) =>
    follow(transport, {
      method,
      url: attempt.url,
      headers: { ...headers, ...more },
      receiver: { head: () => false, chunk() {}, end() {} },
      signal,
      onTurn: attempt.onTurn,
    });
  let head = await ask("HEAD", {});
  // Servers that sign their URLs do so for one method: only a GET tells a refusal from that.
  if (NO_HEAD.has(head.status) || (isSuccess(head.status) && !suffices(head))) {
    head = await ask("GET", { range: "bytes=0-0" });
  }
  if (isMissing(head.status)) {
    return undefined;
  }
  if (head.status !== 416 && !isSuccess(head.status)) {
    throw statusError(head, "2xx", redactUrl(attempt.url.href));
  }
  return head;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}
