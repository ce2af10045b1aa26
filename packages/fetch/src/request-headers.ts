import type { Attempt } from "./attempts.js";
import type { Settings } from "./options.js";

/** Headers of every request. */
export function requestHeaders(settings: Settings, attempt: Attempt): Record<string, string> {
  return {
    "user-agent": settings.userAgent,
    accept: "*/*",
    // Digests are those of the file as it lies there, never of an unpacked or repacked form.
    "accept-encoding": "identity",
    ...(attempt.afterMismatch ? { "cache-control": "no-cache", pragma: "no-cache" } : {}),
  };
}
