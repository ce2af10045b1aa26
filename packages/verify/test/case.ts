import type { VerifyErrorCode } from "../src/index.js";

/** A document, the keys to judge it by, and what must come of it. */
export interface Case {
  readonly name: string;
  readonly keyring: Uint8Array;
  readonly inRelease?: Uint8Array;
  readonly release?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly expect: "accepted" | VerifyErrorCode;
  /** The policy of this package is stricter here than apt 2.6 with gpgv 2.2 by intent. */
  readonly strict?: true;
  /** Good by RFC 9580 or by this package's own rule, unknown to gpgv 2.2 or apt. */
  readonly beyondGpgv?: true;
}

/** Where this package and apt part ways on purpose; see {@link Case}. */
export type Mark = "strict" | "beyondGpgv" | undefined;

export function markAs(mark: Mark): Partial<Case> {
  return mark === undefined ? {} : { [mark]: true };
}
