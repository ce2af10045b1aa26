import { createHash, type Hash } from "node:crypto";
import { FetchError } from "./error.js";
import { redactUrl } from "./redact.js";

/** Digests in lower-case hex. Every one given is checked; SHA-256 or SHA-512 must be among them. */
export interface Digests {
  readonly sha256?: string | undefined;
  readonly sha512?: string | undefined;
  readonly sha1?: string | undefined;
  readonly md5?: string | undefined;
}

const HEX_LENGTH = { sha256: 64, sha512: 128, sha1: 40, md5: 32 } as const;
type Algorithm = keyof typeof HEX_LENGTH;
const ALGORITHMS: readonly Algorithm[] = ["sha256", "sha512", "sha1", "md5"];

/**
 * Refuses digests that are cut short, not lower-case hex, or too weak alone.
 *
 * @throws TypeError naming the digest.
 */
export function assertDigests(digests: Digests): void {
  for (const algorithm of ALGORITHMS) {
    const digest = digests[algorithm];
    if (digest !== undefined && !/^[0-9a-f]+$/.test(digest)) {
      throw new TypeError(`${algorithm} must be lower-case hex, got "${digest}"`);
    }
    if (digest !== undefined && digest.length !== HEX_LENGTH[algorithm]) {
      throw new TypeError(`${algorithm} must have ${HEX_LENGTH[algorithm]} digits, got ${digest}`);
    }
  }
  if (digests.sha256 === undefined && digests.sha512 === undefined) {
    throw new TypeError("a SHA-256 or SHA-512 digest is needed");
  }
}

/**
 * Counts and hashes a body as it passes, against the size and digests that it must have.
 *
 * The `url` of its methods only goes into errors, redacted.
 */
export class CheckStream {
  readonly size: number;
  received = 0;
  readonly #expected: Digests;
  readonly #hashes = new Map<Algorithm, Hash>();

  constructor(size: number, expected: Digests) {
    this.size = size;
    this.#expected = expected;
    for (const algorithm of ALGORITHMS) {
      // SHA-256 is always taken: callers record it.
      if (algorithm === "sha256" || expected[algorithm] !== undefined) {
        this.#hashes.set(algorithm, createHash(algorithm));
      }
    }
  }

  /** @throws FetchError with `ERR_FETCH_SIZE_MISMATCH` as soon as there are more bytes than expected. */
  update(chunk: Uint8Array, url: string): void {
    this.received += chunk.length;
    if (this.received > this.size) {
      throw sizeMismatch(this.size, `more than ${this.size}`, url);
    }
    for (const hash of this.#hashes.values()) {
      hash.update(chunk);
    }
  }

  /**
   * Ends the body; call it once.
   *
   * @returns the SHA-256 in hex.
   * @throws FetchError with `ERR_FETCH_SIZE_MISMATCH` or `ERR_FETCH_DIGEST_MISMATCH`.
   */
  finish(url: string): string {
    if (this.received !== this.size) {
      throw sizeMismatch(this.size, String(this.received), url);
    }
    let sha256 = "";
    for (const [algorithm, hash] of this.#hashes) {
      const found = hash.digest("hex");
      const expected = this.#expected[algorithm];
      if (expected !== undefined && found !== expected) {
        const name = algorithm.toUpperCase();
        throw new FetchError(
          "ERR_FETCH_DIGEST_MISMATCH",
          `${name} mismatch, expected ${expected}, got ${found}`,
          { url: redactUrl(url), expected, found },
        );
      }
      if (algorithm === "sha256") {
        sha256 = found;
      }
    }
    return sha256;
  }
}

/** The body is, or says that it is, of another size than expected. */
export function sizeMismatch(expected: number, found: string, url: string): FetchError {
  return new FetchError(
    "ERR_FETCH_SIZE_MISMATCH",
    `size mismatch, expected ${expected} bytes, got ${found}`,
    { url: redactUrl(url), expected: String(expected), found },
  );
}
