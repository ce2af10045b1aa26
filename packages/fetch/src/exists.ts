import { askInTurn, type Patience } from "./attempts.js";
import { redactUrl } from "./redact.js";
import { follow } from "./redirect.js";
import { requestHeaders } from "./request-headers.js";
import { isMissing, statusError } from "./status.js";
import type { Transport } from "./transport.js";

/** What servers answer that let a file be fetched and do not answer HEAD. */
const NO_HEAD = new Set([403, 405, 501]);

/**
 * Whether a URL has something; see `Fetcher.exists`.
 *
 * @throws FetchError
 */
export async function exists(
  url: string,
  signal: AbortSignal | undefined,
  transport: Transport,
  patience: Patience,
): Promise<boolean> {
  const { settings } = patience;
  const answer = await askInTurn([url], signal, patience, async (attempt) => {
    const headers = requestHeaders(settings, attempt);
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
    if (NO_HEAD.has(head.status)) head = await ask("GET", { range: "bytes=0-0" });
    if (isMissing(head.status)) return { kind: "missing" };
    // An empty file has no first byte.
    if (head.status !== 416 && (head.status < 200 || head.status > 299))
      throw statusError(head, "2xx", redactUrl(url));
    return { kind: "done", value: true };
  });
  return answer !== undefined;
}
