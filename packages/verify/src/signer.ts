import type { KeyID, PrivateKey } from "openpgp";
import { type FaultReason, VerifyError, type VerifyErrorCode } from "./error.js";
import { judgeKey, type KeyFault } from "./judge-key.js";
import { type OpenpgpConfigs, openpgpConfigs } from "./openpgp-config.js";
import { type SigningKey, unlockedKeyOf } from "./signing-key.js";

/** The time that a signature is made at. */
export interface SignOptions {
  /** The time to judge the key at, and to write into the signature, in whole seconds. */
  readonly now: Date;
}

/** The key or subkey that signs. */
export interface Signer {
  /** Its key ID, 16 upper-case hex digits. */
  readonly keyId: string;
  /** `rsa4096`, `ed25519`, `nistP256`, ... */
  readonly algorithm: string;
  /** When it expires, or its primary key if that is earlier; absent if neither does. */
  readonly expires?: Date;
}

/** A {@link Signer} and what signs with it. */
export interface ChosenSigner extends Signer {
  readonly key: PrivateKey;
  /** The same key ID, as OpenPGP.js asks for it. */
  readonly signerId: KeyID;
}

const CODES: Readonly<Partial<Record<FaultReason, VerifyErrorCode>>> = {
  "revoked-key": "ERR_VERIFY_SIGNING_KEY_REVOKED",
  "expired-key": "ERR_VERIFY_SIGNING_KEY_EXPIRED",
  "weak-key": "ERR_VERIFY_SIGNING_KEY_WEAK",
};

/**
 * Checks that a key may sign at a time, and says which part of it would.
 *
 * The newest subkey that may sign and whose private part is there, else the primary key. It must
 * be what apt and this package accept: bound by SHA-256 or stronger, not revoked, not expired, no
 * weaker than RSA 2048, and of a kind that `gpgv` knows.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_SIGNING_KEY_REVOKED`, `ERR_VERIFY_SIGNING_KEY_EXPIRED`,
 * `ERR_VERIFY_SIGNING_KEY_WEAK`, `ERR_VERIFY_SIGNING_KEY_UNUSABLE`
 */
export async function checkSigningKey(key: SigningKey, options: SignOptions): Promise<Signer> {
  const { keyId, algorithm, expires } = await chooseSigner(key, options);
  return Object.freeze({ keyId, algorithm, ...(expires === undefined ? {} : { expires }) });
}

/** As {@link checkSigningKey}, with what signs. */
export async function chooseSigner(
  signingKey: SigningKey,
  { now }: SignOptions,
): Promise<ChosenSigner> {
  if (Number.isNaN(now.getTime())) throw new TypeError("options.now is not a valid date");
  const { key, unlocked } = unlockedKeyOf(signingKey);
  const configs = openpgpConfigs(await import("openpgp"));
  const subkeys = key.subkeys.toSorted(
    (a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime(),
  );
  const faults: KeyFault[] = [];
  for (const part of [...subkeys, key]) {
    if (!unlocked.has(part.getFingerprint())) continue;
    const verdict = await judgePart(key, part, configs, now);
    if ("reason" in verdict) faults.push(verdict);
    else return { ...verdict, key, signerId: part.getKeyID() };
  }
  throw refusal(signingKey, faults);
}

async function judgePart(
  key: PrivateKey,
  signer: PrivateKey | PrivateKey["subkeys"][number],
  configs: OpenpgpConfigs,
  now: Date,
): Promise<KeyFault | Signer> {
  const { version } = signer.keyPacket;
  const kind = signer.getAlgorithmInfo().algorithm;
  if (version !== 4 || kind === "ed25519" || kind === "ed448") {
    return { reason: "unusable-key", detail: `${kind} of version ${version}, unknown to gpgv` };
  }
  // Not named: nobody who verifies with the system's keyrings takes a key bound by SHA-1.
  const issuer = { certificate: { key, file: "", named: false }, signer };
  const verdict = await judgeKey(issuer, configs, { now, latest: now, fingerprints: undefined });
  if ("reason" in verdict) return verdict;
  return {
    keyId: signer.getKeyID().toHex().toUpperCase(),
    algorithm: verdict.algorithm,
    ...(verdict.expires === undefined ? {} : { expires: verdict.expires }),
  };
}

/** The most telling fault; that of a subkey that only encrypts tells nothing beside another. */
function refusal(key: SigningKey, faults: readonly KeyFault[]): VerifyError {
  const telling = faults.find((fault) => CODES[fault.reason] !== undefined) ?? faults.at(-1);
  const detail = telling?.detail ?? "no part of it is unlocked";
  const code = (telling && CODES[telling.reason]) ?? "ERR_VERIFY_SIGNING_KEY_UNUSABLE";
  return new VerifyError(code, `${key.name}: key ${key.fingerprint} may not sign: ${detail}`, {
    keyIds: [key.fingerprint.slice(-16)],
    expected: "a key that may sign",
    found: detail,
  });
}
