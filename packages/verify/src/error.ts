import { escapeText } from "./escape-text.js";

/** Why one signature does not count. */
export type FaultReason =
  | "bad-signature"
  | "revoked-key"
  | "expired-key"
  | "expired-signature"
  | "future-signature"
  | "weak-hash"
  | "weak-key"
  | "unusable-key"
  | "wrong-fingerprint"
  | "unknown-key"
  | "unsupported-signature";

/** One signature that does not count, and why. */
export interface SignatureFault {
  readonly reason: FaultReason;
  /** 16 upper-case hex digits: the key that the signature names, where it names one. */
  readonly keyId?: string;
  /** The facts in words, control characters escaped. */
  readonly detail: string;
}

/** Every code that a {@link VerifyError} can carry. */
export type VerifyErrorCode =
  | "ERR_VERIFY_NOT_CLEARSIGNED"
  | "ERR_VERIFY_BAD_CLEARSIGN"
  | "ERR_VERIFY_BAD_SIGNATURE_FORMAT"
  | "ERR_VERIFY_TOO_LARGE"
  | "ERR_VERIFY_BAD_KEYRING"
  | "ERR_VERIFY_BAD_SIGNATURE"
  | "ERR_VERIFY_REVOKED_KEY"
  | "ERR_VERIFY_EXPIRED_KEY"
  | "ERR_VERIFY_EXPIRED_SIGNATURE"
  | "ERR_VERIFY_FUTURE_SIGNATURE"
  | "ERR_VERIFY_WEAK_HASH"
  | "ERR_VERIFY_WEAK_KEY"
  | "ERR_VERIFY_UNUSABLE_KEY"
  | "ERR_VERIFY_WRONG_FINGERPRINT"
  | "ERR_VERIFY_UNKNOWN_KEY"
  | "ERR_VERIFY_UNSUPPORTED_SIGNATURE"
  | "ERR_VERIFY_BAD_SIGNING_KEY"
  | "ERR_VERIFY_NO_PRIVATE_KEY"
  | "ERR_VERIFY_NO_PASSPHRASE"
  | "ERR_VERIFY_WRONG_PASSPHRASE"
  | "ERR_VERIFY_SIGNING_KEY_REVOKED"
  | "ERR_VERIFY_SIGNING_KEY_EXPIRED"
  | "ERR_VERIFY_SIGNING_KEY_WEAK"
  | "ERR_VERIFY_SIGNING_KEY_UNUSABLE";

/** What a {@link VerifyError} may say besides its code. */
export interface VerifyErrorFacts {
  readonly keyIds?: readonly string[];
  readonly keyrings?: readonly string[];
  readonly reasons?: readonly SignatureFault[];
  readonly line?: number;
  readonly expected?: string;
  readonly found?: string;
  readonly cause?: unknown;
}

/** A document not signed as it must be, a keyring that cannot be read, a key that cannot sign. */
export class VerifyError extends Error {
  override readonly name = "VerifyError";
  /** What went wrong; stable, and the only thing to branch on. */
  readonly code: VerifyErrorCode;
  /** Keys that the signatures name, 16 upper-case hex digits each, in the order of the signatures. */
  readonly keyIds: readonly string[];
  /** Names of the keyring files that were asked; for `ERR_VERIFY_BAD_KEYRING` the bad one. */
  readonly keyrings: readonly string[];
  /** For each signature, in order, why it does not count. */
  readonly reasons: readonly SignatureFault[];
  /** 1-based line of the document or signature file, where one is to blame. */
  readonly line?: number;
  /** What the format or the policy asks for. */
  readonly expected?: string;
  /** What was there instead, control characters escaped. */
  readonly found?: string;

  constructor(code: VerifyErrorCode, message: string, facts: VerifyErrorFacts = {}) {
    super(escapeText(message), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.keyIds = facts.keyIds ?? [];
    this.keyrings = facts.keyrings ?? [];
    this.reasons = facts.reasons ?? [];
    if (facts.line !== undefined) this.line = facts.line;
    if (facts.expected !== undefined) this.expected = facts.expected;
    if (facts.found !== undefined) this.found = escapeText(facts.found);
  }
}
