import { askHead } from "./ask-head.js";
import { askInTurn, type Patience } from "./attempts.js";
import { FetchError } from "./error.js";
import { headerOf, type ResponseHead } from "./exchange.js";
import { redactUrl } from "./redact.js";
import type { Transport } from "./transport.js";

/** A file whose size is wanted. */
export interface SizeRequest {
  /** Asked in this order until one says. */
  readonly urls: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What came of a {@link SizeRequest}; `url` is one of its `urls` as given, credentials included. */
export type SizeResult =
  | {
      readonly status: "ok";
      /** Bytes, as the server says: nothing has been checked. */
      readonly size: number;
      readonly url: string;
    }
  | { readonly status: "missing"; readonly urls: readonly string[] };

/** Carries out a {@link SizeRequest}. */
export async function size(
  { urls, signal }: SizeRequest,
  transport: Transport,
  patience: Patience,
): Promise<SizeResult> {
  const answer = await askInTurn<number>(urls, signal, patience, async (attempt) => {
    // Some servers answer every HEAD with a length of 0: of that a GET must tell.
    const suffices = (head: ResponseHead) => (sizeIn(head) ?? 0) > 0;
    const head = await askHead(attempt, signal, transport, patience, suffices);
    if (head === undefined) {
      return { kind: "missing" };
    }
    const value = sizeIn(head);
    if (value === undefined) {
      const url = redactUrl(attempt.url.href);
      throw new FetchError("ERR_FETCH_NO_SIZE", "the server does not say how large it is", { url });
    }
    return { kind: "done", value };
  });
  return answer === undefined
    ? { status: "missing", urls }
    : { status: "ok", size: answer.value, url: answer.url };
}

/** The size of the whole file in an answer to HEAD, or to a GET of its first byte. */
function sizeIn(head: ResponseHead): number | undefined {
  // Only an empty file has no first byte.
  if (head.status === 416) {
    return 0;
  }
  const range = /^bytes 0-0\/(\d+)$/.exec(headerOf(head, "content-range") ?? "");
  const text = head.status === 206 ? range?.[1] : headerOf(head, "content-length");
  const found = /^\d{1,16}$/.test(text ?? "") ? Number(text) : Number.NaN;
  return Number.isSafeInteger(found) ? found : undefined;
}
