import type { FetchError } from "./error.js";
import type { ResponseHead } from "./exchange.js";
import { headerOf } from "./exchange.js";

/**
 * What to do after a failure: ask the same URL again after a pause, ask it once more at once, go on
 * to the next URL, or stop altogether.
 */
export type Verdict = "again" | "once-more" | "next" | "stop";

/** Statuses that pass, besides 5xx: Request Timeout, Too Early, Too Many Requests. */
const PASSING = new Set([408, 425, 429]);

/** Longest pause between two attempts, ms, unless the server asks for more. */
const LONGEST_PAUSE = 30_000;

/** Judges a failure by its code. */
export function verdictOn(error: FetchError): Verdict {
  switch (error.code) {
    case "ERR_FETCH_CONNECT":
    case "ERR_FETCH_BROKEN":
    case "ERR_FETCH_PROTOCOL":
    case "ERR_FETCH_STALLED":
      return "again";
    case "ERR_FETCH_DNS":
      // Only this one says that the resolver, and not the name, is at fault.
      return error.found === "EAI_AGAIN" ? "again" : "next";
    case "ERR_FETCH_HTTP_STATUS":
    case "ERR_FETCH_PROXY":
      return passes(error.status ?? 0) ? "again" : "next";
    case "ERR_FETCH_SIZE_MISMATCH":
    case "ERR_FETCH_DIGEST_MISMATCH":
      return "once-more";
    case "ERR_FETCH_TLS":
    case "ERR_FETCH_REDIRECT":
    case "ERR_FETCH_TOO_LARGE":
    case "ERR_FETCH_NO_SIZE":
    case "ERR_FETCH_READ":
      return "next";
    case "ERR_FETCH_BAD_TLS_FILE":
    case "ERR_FETCH_BAD_AUTH_FILE":
    case "ERR_FETCH_WRITE":
    case "ERR_FETCH_ABORTED":
      return "stop";
  }
}

function passes(status: number): boolean {
  return status >= 500 || PASSING.has(status);
}

/**
 * The pause before retry number `retry` (from 1), in ms: `base` doubled with each, at most 30 s,
 * less up to half of it by chance, so that clients which failed together do not return together.
 */
export function pauseBefore(retry: number, base: number): number {
  const whole = Math.min(base * 2 ** (retry - 1), LONGEST_PAUSE);
  return whole * (0.5 + Math.random() / 2);
}

/** `Retry-After` (RFC 9110 section 10.2.3) in ms from now; undefined if there is none that counts. */
export function retryAfterOf(head: ResponseHead): number | undefined {
  const value = headerOf(head, "retry-after")?.trim();
  if (value === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(value)) {
    return Number(value) * 1000;
  }
  // Date.parse takes "-5" and the like for dates.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
