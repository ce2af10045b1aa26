import { FetchError } from "./error.js";
import { redactUrl } from "./redact.js";

/** Nothing has come for too long: no answer at all, or no more of one. */
export function stalledError({ href }: URL, isUnanswered: boolean): FetchError {
  const found = isUnanswered ? "no answer" : "no more data";
  const reason = `stalled, ${found} for too long`;
  return new FetchError("ERR_FETCH_STALLED", reason, { url: redactUrl(href), found });
}

/** Less than the least rate has come for too long. */
export function tooSlowError({ href }: URL, bytesPerSecond: number): FetchError {
  const found = `${bytesPerSecond.toFixed(1)} B/s`;
  return new FetchError("ERR_FETCH_STALLED", `too slow, ${found}`, { url: redactUrl(href), found });
}
