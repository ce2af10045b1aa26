import {
  type FaultReason,
  type SignatureFault,
  VerifyError,
  type VerifyErrorCode,
} from "./error.js";
import { type Judgement, mostTelling } from "./judgement.js";
import type { Keyring } from "./keyring.js";
import type { GoodSignature, VerifyWarning } from "./signed-text.js";

const CODES: Readonly<Record<FaultReason, VerifyErrorCode>> = {
  "bad-signature": "ERR_VERIFY_BAD_SIGNATURE",
  "revoked-key": "ERR_VERIFY_REVOKED_KEY",
  "expired-key": "ERR_VERIFY_EXPIRED_KEY",
  "expired-signature": "ERR_VERIFY_EXPIRED_SIGNATURE",
  "future-signature": "ERR_VERIFY_FUTURE_SIGNATURE",
  "weak-hash": "ERR_VERIFY_WEAK_HASH",
  "weak-key": "ERR_VERIFY_WEAK_KEY",
  "unusable-key": "ERR_VERIFY_UNUSABLE_KEY",
  "wrong-fingerprint": "ERR_VERIFY_WRONG_FINGERPRINT",
  "unknown-key": "ERR_VERIFY_UNKNOWN_KEY",
  "unsupported-signature": "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
};

/** The signatures that count, at least one, and warnings for the rest. */
export interface Verdict {
  readonly signatures: readonly GoodSignature[];
  readonly warnings: readonly VerifyWarning[];
}

/**
 * Weighs the judgements on all signatures of a document: one good one suffices.
 *
 * One that names a key of the keyring and does not fit the text spoils the others: somebody has
 * changed the text or the signature, and apt refuses the file too.
 *
 * @throws {@link VerifyError} with the code of the most telling reason
 */
export function weigh(name: string, judgements: readonly Judgement[], keyring: Keyring): Verdict {
  const faults = judgements.flatMap((one) => ("fault" in one ? [one.fault] : []));
  const good = judgements.flatMap((one) => ("good" in one ? [one] : []));
  if (good.length === 0 || faults.some((fault) => fault.reason === "bad-signature")) {
    throw refusal(name, faults, keyring, good.length > 0);
  }
  return {
    signatures: good.map((one) => one.good),
    warnings: [
      ...good.flatMap((one) => one.warning ?? []),
      ...faults.map((fault) => ({
        code: fault.reason,
        message: `${name}: a further signature does not count: ${inWords(fault)}`,
        ...(fault.keyId === undefined ? {} : { keyId: fault.keyId }),
      })),
    ],
  };
}

function refusal(
  name: string,
  faults: readonly SignatureFault[],
  keyring: Keyring,
  good: boolean,
): VerifyError {
  const reason = mostTelling(faults)?.reason ?? "unknown-key";
  const outcome = good ? "one signature spoils the others" : "no signature counts";
  return new VerifyError(
    CODES[reason],
    `${name}: ${outcome}: ${faults.map(inWords).join("; ")}; keyrings asked: ${inShort(keyring.files)}`,
    {
      keyIds: faults.flatMap((fault) => fault.keyId ?? []),
      keyrings: keyring.files,
      reasons: faults,
    },
  );
}

/** The keyrings of a system are a dozen files of one or two directories: those are said then. */
function inShort(files: readonly string[]): string {
  if (files.length === 0) return "none";
  if (files.length <= 3) return files.join(", ");
  const directories = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf("/"))));
  const named = [...new Set(directories)].filter((directory) => directory !== "");
  return `${files.length}${named.length === 0 ? "" : ` of ${named.join(", ")}`}`;
}

function inWords(fault: SignatureFault): string {
  const key = fault.keyId === undefined ? "unnamed key" : `key ${fault.keyId}`;
  return `${key}: ${fault.reason.replaceAll("-", " ")}, ${fault.detail}`;
}
