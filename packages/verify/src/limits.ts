import { VerifyError } from "./error.js";

/** Bytes at most of what upstream sends: a Release of apt's own bound, and its signatures. */
const MAX_BYTES = { document: 10_000_000, signature: 1_000_000 } as const;

/**
 * Bytes at most of a line that a text signature covers: gpgv cuts off what is beyond 19 993, and
 * in a whole clearsigned file some less.
 */
export const MAX_LINE_BYTES = 19_990;

/** Signatures at most on one document; Debian's have two or three. */
export const MAX_SIGNATURES = 32;

/**
 * Refuses what is larger than any honest repository makes it.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_TOO_LARGE`
 */
export function checkSize(name: string, bytes: Uint8Array, kind: keyof typeof MAX_BYTES): void {
  const limit = MAX_BYTES[kind];
  if (bytes.length <= limit) return;
  throw new VerifyError(
    "ERR_VERIFY_TOO_LARGE",
    `${name}: too large, expected at most ${limit} bytes, got ${bytes.length}`,
    { expected: String(limit), found: String(bytes.length) },
  );
}
