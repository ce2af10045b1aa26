/** Which signatures count, beyond the keyring. */
export interface Policy {
  /** The time to judge at; this package has no clock of its own. */
  readonly now: Date;
  /** How far in the future a signature or key may have been made, in ms. */
  readonly maxFuture: number;
  /**
   * Fingerprints of primary keys, 40 or 64 hex digits (blanks and case do not matter): if there
   * are any, only these keys count. Absent or empty: every key of the keyring.
   */
  readonly fingerprints?: readonly string[];
}

/** A {@link Policy} checked and in one spelling. */
export interface CheckedPolicy {
  readonly now: Date;
  /** The latest time that a signature or key may have been made at. */
  readonly latest: Date;
  /** Upper-case hex; `undefined` means every key. */
  readonly fingerprints: ReadonlySet<string> | undefined;
}

/**
 * Checks a policy, so that a slip in it can never mean "anything goes".
 *
 * @throws `TypeError` for an invalid date, a negative or infinite span, a malformed fingerprint
 */
export function checkPolicy(policy: Policy): CheckedPolicy {
  const now = policy.now.getTime();
  if (Number.isNaN(now)) throw new TypeError("policy.now is not a valid date");
  if (!Number.isFinite(policy.maxFuture) || policy.maxFuture < 0) {
    throw new TypeError("policy.maxFuture is not a span of time in ms");
  }
  const fingerprints = (policy.fingerprints ?? []).map((given) => {
    const hex = given.replace(/^0x|[\s:]/gi, "").toUpperCase();
    if (!/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(hex)) {
      throw new TypeError(`policy.fingerprints: not a fingerprint: ${JSON.stringify(given)}`);
    }
    return hex;
  });
  return {
    now: new Date(now),
    latest: new Date(now + policy.maxFuture),
    fingerprints: fingerprints.length === 0 ? undefined : new Set(fingerprints),
  };
}
