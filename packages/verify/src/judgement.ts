import type { FaultReason, SignatureFault } from "./error.js";
import { escapeText } from "./escape-text.js";
import type { GoodSignature, VerifyWarning } from "./signed-text.js";

/** What one signature is worth. */
export type Judgement =
  | { readonly good: GoodSignature; readonly warning?: VerifyWarning }
  | { readonly fault: SignatureFault };

/** How much a reason tells, most telling first. */
const TELLING: readonly FaultReason[] = [
  "bad-signature",
  "revoked-key",
  "expired-key",
  "expired-signature",
  "future-signature",
  "weak-hash",
  "weak-key",
  "unusable-key",
  "wrong-fingerprint",
  "unknown-key",
  "unsupported-signature",
];

/** A judgement against a signature. */
export function fault(reason: FaultReason, detail: string, keyId?: string): Judgement {
  const named = keyId === undefined || /^0*$/.test(keyId) ? {} : { keyId };
  return { fault: Object.freeze({ reason, ...named, detail: escapeText(detail) }) };
}

/** The fault whose reason tells most; `undefined` for none. */
export function mostTelling(faults: readonly SignatureFault[]): SignatureFault | undefined {
  const rank = (one: SignatureFault) => TELLING.indexOf(one.reason);
  return faults.toSorted((a, b) => rank(a) - rank(b))[0];
}

/**
 * Makes one judgement of those by each key that a signature names.
 *
 * A key may lie in several keyring files: a revocation in one counts for all, else the copy that
 * speaks best for the signature decides, such as the newer one with a later expiry.
 */
export function settle(judgements: readonly Judgement[]): Judgement {
  const faults = judgements.flatMap((one) => ("fault" in one ? [one.fault] : []));
  const revoked = faults.find((one) => one.reason === "revoked-key");
  if (revoked !== undefined) return { fault: revoked };
  const good = judgements.filter((one) => "good" in one);
  const best = good.find((one) => one.warning === undefined) ?? good[0];
  if (best !== undefined) return best;
  const worst = mostTelling(faults);
  return worst === undefined ? fault("unknown-key", "not in the keyring") : { fault: worst };
}
