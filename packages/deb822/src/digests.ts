import type { Deb822Error } from "./error.js";
import { valueError } from "./fields.js";
import { printable } from "./frame.js";
import type { Stanza } from "./stanza.js";

/** Digests of one file: lower-case hex of full length. */
export interface Digests {
  md5?: string;
  sha1?: string;
  sha256?: string;
  sha512?: string;
}

/** A digest's name in {@link Digests}. */
export type Algorithm = keyof Digests;

/** Hex digits of a digest of each algorithm. */
export const digestLength: Readonly<Record<Algorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha512: 128,
};

const notLowerHex = /[^0-9a-f]/;
const notHex = /[^0-9a-fA-F]/;

/**
 * A digest in lower-case hex.
 *
 * @returns `undefined` when it is not hex, or not as long as the algorithm's digests are
 */
export function parseDigest(algorithm: Algorithm, text: string): string | undefined {
  if (text.length !== digestLength[algorithm]) return undefined;
  if (!notLowerHex.test(text)) return text;
  return notHex.test(text) ? undefined : text.toLowerCase();
}

/**
 * The digest in a field, or `undefined` where there is no such field.
 *
 * @throws {@link Deb822Error} `ERR_DEB822_BAD_DIGEST`, also for an empty value
 */
export function digestField(
  stanza: Stanza,
  field: string,
  algorithm: Algorithm,
): string | undefined {
  const value = stanza.get(field);
  if (value === undefined) return undefined;
  const digest = parseDigest(algorithm, value);
  if (digest === undefined) throw badDigest(stanza, field, algorithm, value, 0);
  return digest;
}

/** Makes the error for a digest that is none. */
export function badDigest(
  stanza: Stanza,
  field: string,
  algorithm: Algorithm,
  text: string,
  offset: number,
): Deb822Error {
  const expected = `${digestLength[algorithm]} hex digits`;
  const found = printable(text);
  const message = `expected ${expected}, got "${found}"`;
  return valueError(stanza, field, "ERR_DEB822_BAD_DIGEST", message, { offset, expected, found });
}
