import type { AlgorithmInfo, Config, Key, Subkey } from "openpgp";
import { ANY_TIME } from "./any-time.js";
import type { FaultReason } from "./error.js";
import type { Issuer } from "./issuer.js";
import type { OpenpgpConfigs } from "./openpgp-config.js";
import type { CheckedPolicy } from "./policy.js";

/** Why a key cannot make a signature count. */
export interface KeyFault {
  readonly reason: FaultReason;
  readonly detail: string;
}

/** A key that may sign now. */
export interface FitKey {
  readonly algorithm: string;
  /** Its self-signatures, or the binding of the subkey, are SHA-1 only. */
  readonly sha1Bound: boolean;
  /** The earlier end of key and subkey, if they have one. */
  readonly expires?: Date;
}

/**
 * Judges a key and, where a subkey signed, the subkey, as they are now.
 *
 * "Now", not the time that the signature gives: whoever holds a stolen key writes any time into
 * it. So a revocation of any date and for any reason counts, and an expired key is worthless even
 * for what it signed before, as gpgv and apt have it.
 */
export async function judgeKey(
  issuer: Issuer,
  configs: OpenpgpConfigs,
  policy: CheckedPolicy,
): Promise<KeyFault | FitKey> {
  const { certificate, signer } = issuer;
  const { key } = certificate;
  if (await isRevoked(key, signer, configs.arithmetic)) {
    return { reason: "revoked-key", detail: "revoked" };
  }
  const weak = weakness(key) ?? weakness(signer);
  if (weak !== undefined) return { reason: "weak-key", detail: weak };
  const ends = await expiration(key, signer, configs.lenient);
  if (ends <= policy.now.getTime()) {
    return { reason: "expired-key", detail: `expired ${new Date(ends).toISOString()}` };
  }
  if (!(await maySign(issuer, configs.lenient, policy))) {
    const future = [key, signer].find((part) => part.getCreationTime() > policy.latest);
    return future === undefined
      ? { reason: "unusable-key", detail: "no valid self-signature that lets it sign" }
      : { reason: "unusable-key", detail: `made ${future.getCreationTime().toISOString()}` };
  }
  const sha1Bound = !(await maySign(issuer, configs.strict, policy));
  if (sha1Bound && !certificate.named) {
    return { reason: "weak-key", detail: "bound by SHA-1 self-signatures alone" };
  }
  const algorithm = algorithmName(signer.getAlgorithmInfo());
  return { algorithm, sha1Bound, ...(Number.isFinite(ends) ? { expires: new Date(ends) } : {}) };
}

async function isRevoked(key: Key, signer: Key | Subkey, config: Config): Promise<boolean> {
  if (await key.isRevoked(undefined, undefined, ANY_TIME, config)) return true;
  if (!isSubkey(signer)) return false;
  // Without a binding to compare with, every revocation that verifies counts.
  const anyBinding = undefined as unknown as Parameters<Subkey["isRevoked"]>[0];
  return signer.isRevoked(anyBinding, key.keyPacket, ANY_TIME, config);
}

/** The earlier end of key and subkey in ms; `Infinity` for none. */
async function expiration(key: Key, signer: Key | Subkey, config: Config): Promise<number> {
  const ends = [await key.getExpirationTime(undefined, config)];
  if (isSubkey(signer)) ends.push(await signer.getExpirationTime(ANY_TIME, config));
  // null stands for "no valid self-signature", which maySign finds out.
  return Math.min(...ends.map((end) => (end === null ? Number.POSITIVE_INFINITY : Number(end))));
}

/** Bound to its key, by both sides where it is a subkey, and marked for signing. */
async function maySign(issuer: Issuer, config: Config, policy: CheckedPolicy): Promise<boolean> {
  const { key } = issuer.certificate;
  // A key made within the allowed skew is not valid yet at `now`.
  for (const date of [policy.now, policy.latest]) {
    try {
      const found = await key.getSigningKey(issuer.signer.getKeyID(), date, undefined, config);
      if (found.getFingerprint() === issuer.signer.getFingerprint()) return true;
    } catch {
      // Not at this date.
    }
  }
  return false;
}

function weakness(part: Key | Subkey): string | undefined {
  const info = part.getAlgorithmInfo();
  switch (info.algorithm) {
    case "rsaEncryptSign":
    case "rsaSign":
      return (info.bits ?? 0) < 2048 ? `RSA of ${info.bits} bits` : undefined;
    case "ecdsa":
      return info.curve === "secp256k1" ? `ECDSA on ${info.curve}` : undefined;
    case "eddsaLegacy":
    case "ed25519":
    case "ed448":
      return undefined;
    default:
      return `${info.algorithm} key`;
  }
}

function algorithmName(info: AlgorithmInfo): string {
  if (info.bits !== undefined) return `rsa${info.bits}`;
  if (info.algorithm === "eddsaLegacy") return "ed25519";
  return info.curve ?? info.algorithm;
}

/** Tells a subkey from a primary key. */
export function isSubkey(part: Key | Subkey): part is Subkey {
  return "bindingSignatures" in part;
}
