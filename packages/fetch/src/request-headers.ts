import type { Attempt } from "./attempts.js";
import type { Settings } from "./options.js";

/** Headers of every request; the object is shared and must not be changed. */
export function requestHeaders(
  settings: Settings,
  attempt: Attempt,
): Readonly<Record<string, string>> {
  const { headers } = settings;
  return attempt.afterMismatch
    ? { ...headers, "cache-control": "no-cache", pragma: "no-cache" }
    : headers;
}
