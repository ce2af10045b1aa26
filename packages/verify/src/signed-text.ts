import type { FaultReason } from "./error.js";

/** A signature that counts. */
export interface GoodSignature {
  /** Fingerprint of the primary key, upper-case hex. */
  readonly fingerprint: string;
  /** Key ID of the key or subkey that signed, 16 upper-case hex digits. */
  readonly keyId: string;
  /** The primary user ID of the key as its owner wrote it; empty where it has none. */
  readonly userId: string;
  /** Name of the keyring file that holds the key. */
  readonly file: string;
  /** When the signature says it was made. */
  readonly created: Date;
  /** What kind of key signed: `rsa4096`, `ed25519`, `nistP256`, ... */
  readonly algorithm: string;
  /** The digest that was signed: `sha256`, `sha512`, ... */
  readonly hash: string;
}

/** What a warning is about: a further signature that does not count, or a key on its way out. */
export type VerifyWarningCode = FaultReason | "sha1-bound-key";

/** Something worth saying about a document that was accepted all the same. */
export interface VerifyWarning {
  readonly code: VerifyWarningCode;
  /** One line, control characters escaped. */
  readonly message: string;
  /** The key meant, 16 upper-case hex digits, where there is one. */
  readonly keyId?: string;
}

/** The fields of a {@link SignedText}. */
export interface SignedTextFields {
  readonly text: string;
  readonly verified: boolean;
  readonly signatures: readonly GoodSignature[];
  readonly warnings: readonly VerifyWarning[];
}

const OURS = Symbol("made by this package");

let construct: (fields: SignedTextFields) => SignedText;

/**
 * The text that a signature covers, and nothing else of the file it came in.
 *
 * Only this package makes one: a function that takes a `SignedText` cannot be handed bytes that
 * nobody has checked.
 */
export class SignedText {
  readonly #ours = true;
  /**
   * The text: lines ended by `"\n"`, dash-escapes undone, trailing blanks of each line taken off
   * (a cleartext signature does not cover them), decoded as UTF-8. The texts of a `Release` and an
   * `InRelease` that say the same are equal.
   */
  readonly text: string;
  /** Whether at least one signature counts; `false` only from `acceptUnverified`. */
  readonly verified: boolean;
  /** The signatures that count, in the order of the file; empty if and only if not verified. */
  readonly signatures: readonly GoodSignature[];
  /** What is worth saying about the others. */
  readonly warnings: readonly VerifyWarning[];

  private constructor(key: symbol, fields: SignedTextFields) {
    // `private` is gone at run time.
    if (key !== OURS) throw new TypeError("SignedText is made by the verifying functions alone");
    this.text = fields.text;
    this.verified = fields.verified;
    this.signatures = Object.freeze([...fields.signatures]);
    this.warnings = Object.freeze([...fields.warnings]);
    Object.freeze(this);
  }

  static {
    construct = (fields) => new SignedText(OURS, fields);
  }

  /** Whether a value is a `SignedText` made here, not a look-alike. */
  static is(value: unknown): value is SignedText {
    return typeof value === "object" && value !== null && #ours in value;
  }
}

/** Makes a {@link SignedText}; not exported by the package. */
export function createSignedText(fields: SignedTextFields): SignedText {
  return construct(fields);
}
