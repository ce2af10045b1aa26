import { headerOf, type ResponseHead } from "./exchange.js";

/** What makes a server go on with the very file that a partial is a part of. */
export interface Validator {
  /** A strong entity tag, quotes included. */
  readonly etag?: string | undefined;
  /** A `Last-Modified` value as it was sent. */
  readonly lastModified?: string | undefined;
}

/** The validator in an answer, if it has one that `If-Range` may name (RFC 9110 section 13.1.5). */
export function validatorOf(head: ResponseHead): Validator | undefined {
  const etag = headerOf(head, "etag");
  if (etag !== undefined && isStrong(etag)) {
    return { etag };
  }
  const lastModified = headerOf(head, "last-modified");
  return lastModified !== undefined && isDate(lastModified) ? { lastModified } : undefined;
}

/** A {@link Validator} as it stood in a file; undefined for anything else. */
export function readValidator(value: unknown): Validator | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  if ("etag" in value && typeof value.etag === "string" && isStrong(value.etag)) {
    return { etag: value.etag };
  }
  if ("lastModified" in value && typeof value.lastModified === "string") {
    return isDate(value.lastModified) ? { lastModified: value.lastModified } : undefined;
  }
  return undefined;
}

/** The `Range` and `If-Range` headers that ask for everything from byte `from` on. */
export function rangeHeaders(from: number, validator: Validator): Record<string, string> {
  return {
    range: `bytes=${from}-`,
    "if-range": validator.etag ?? validator.lastModified ?? "",
  };
}

/** True if a 206 holds exactly the bytes from `from` to the end of a file of `size` bytes. */
export function isRestOf(
  head: ResponseHead,
  from: number,
  size: number,
  validator: Validator,
): boolean {
  const range = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(
    headerOf(head, "content-range") ?? "",
  );
  const length = headerOf(head, "content-length");
  const etag = headerOf(head, "etag");
  return (
    range !== null &&
    Number(range[1]) === from &&
    Number(range[2]) === size - 1 &&
    (range[3] === "*" || Number(range[3]) === size) &&
    (length === undefined || Number(length) === size - from) &&
    (etag === undefined || validator.etag === undefined || etag === validator.etag)
  );
}

function isStrong(etag: string): boolean {
  return /^"[\x21\x23-\x7e]{0,1000}"$/.test(etag);
}

function isDate(text: string): boolean {
  return /^[\x20-\x7e]{1,100}$/.test(text) && !Number.isNaN(Date.parse(text));
}
