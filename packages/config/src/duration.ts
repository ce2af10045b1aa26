import parse from "parse-duration";
import { ConfigError } from "./error.js";
import { showValue } from "./printable.js";
import type { Reading } from "./reading.js";

const GRAMMAR = /^(?=\d)(?:\d{1,9}w)?(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}s)?$/;
const HUNDRED_YEARS = 36_525 * 24 * 3_600_000;
const ALLOWED = "a duration such as 30d, 4w, 168h, 2h30m, 1d12h or 10s";

/**
 * Milliseconds of a duration: whole numbers with the units `w`, `d`, `h`, `m` (minutes), `s`, the
 * larger unit first, each at most once, nothing between them; at most a hundred years.
 *
 * `-1d`, `1.5d`, `90`, `1 d` and the empty text are refused.
 *
 * @throws {@link ConfigError} `ERR_CONFIG_BAD_DURATION`, with one problem that has no file.
 * @throws `TypeError` for anything but a string.
 *
 * @example
 * ```ts
 * parseDuration("1d12h"); // 129600000
 * ```
 */
export function parseDuration(text: string): number {
  if (typeof text !== "string") throw new TypeError("parseDuration takes a string");
  const reading = readDuration(text);
  if ("value" in reading) return reading.value;
  const { code, allowed = ALLOWED } = reading.fault;
  const found = showValue(text);
  const message = `expected ${allowed}, found ${found}`;
  throw new ConfigError([{ code, path: "", file: "", message, found, allowed }]);
}

/** {@link parseDuration} as a reading. */
export function readDuration(text: string): Reading<number> {
  const ms = GRAMMAR.test(text) ? parse(text) : null;
  if (ms === null || ms > HUNDRED_YEARS) {
    return { fault: { code: "ERR_CONFIG_BAD_DURATION", allowed: ALLOWED } };
  }
  return { value: ms };
}
