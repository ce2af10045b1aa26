import type { FaultReason, VerifyError } from "@mirror/verify";

/** What makes a signature that counted once count no longer, through its key alone. */
export type KeyFaultCode =
  | "WARN_SYNC_KEY_UNKNOWN"
  | "WARN_SYNC_KEY_REVOKED"
  | "WARN_SYNC_KEY_EXPIRED"
  | "WARN_SYNC_KEY_REFUSED"
  | "WARN_SYNC_SIGNATURE_EXPIRED";

const BY_KEY: Partial<Record<FaultReason, KeyFaultCode>> = {
  "unknown-key": "WARN_SYNC_KEY_UNKNOWN",
  "revoked-key": "WARN_SYNC_KEY_REVOKED",
  "expired-key": "WARN_SYNC_KEY_EXPIRED",
  "weak-key": "WARN_SYNC_KEY_REFUSED",
  "unusable-key": "WARN_SYNC_KEY_REFUSED",
  "wrong-fingerprint": "WARN_SYNC_KEY_REFUSED",
  "expired-signature": "WARN_SYNC_SIGNATURE_EXPIRED",
};

/** The warning for a document that is refused because of its keys alone; undefined for any other. */
export function keyFault({ reasons }: VerifyError): KeyFaultCode | undefined {
  const counted = reasons.filter(({ reason }) => reason !== "unsupported-signature");
  const codes = counted.map(({ reason }) => BY_KEY[reason]);
  // The reasons are in the order of the signatures; a revocation says more than an unknown key.
  const known = codes.filter((code) => code !== undefined);
  if (known.length !== codes.length) return undefined;
  return known.find((code) => code !== "WARN_SYNC_KEY_UNKNOWN") ?? known[0];
}
