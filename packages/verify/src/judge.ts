import type { Key, LiteralDataPacket, SignaturePacket, Subkey } from "openpgp";
import { ANY_TIME } from "./any-time.js";
import type { FaultReason, SignatureFault } from "./error.js";
import { escapeText } from "./escape-text.js";
import { judgeKey, type KeyFault } from "./judge-key.js";
import type { Certificate } from "./keyring.js";
import type { OpenpgpConfigs } from "./openpgp-config.js";
import type { CheckedPolicy } from "./policy.js";
import type { GoodSignature, VerifyWarning } from "./signed-text.js";

type Openpgp = typeof import("openpgp");

/** Everything a signature is judged by. */
export interface Court {
  readonly openpgp: Openpgp;
  readonly configs: OpenpgpConfigs;
  readonly certificates: readonly Certificate[];
  readonly policy: CheckedPolicy;
  /** The bytes that should be signed. */
  readonly document: LiteralDataPacket;
  /** Whether the document was clearsigned: then only text signatures are made over it. */
  readonly clearsigned: boolean;
}

/** What one signature is worth. */
export type Judgement =
  | { readonly good: GoodSignature; readonly warning?: VerifyWarning }
  | { readonly fault: SignatureFault };

/** How much a reason tells, most telling first; of several, the error shows the first. */
export const TELLING: readonly FaultReason[] = [
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

/** Judges one signature packet by every key of the keyring that it names. */
export async function judgeSignature(packetBytes: Uint8Array, court: Court): Promise<Judgement> {
  const packet = await readSignature(packetBytes, court);
  if (typeof packet === "string") return fault("unsupported-signature", packet);
  const keyId = packet.issuerKeyID.toHex().toUpperCase();
  const { text, binary } = court.openpgp.enums.signature;
  const fitting = court.clearsigned ? [text] : [text, binary];
  if (!fitting.some((type) => type === packet.signatureType)) {
    return fault("unsupported-signature", `of type ${packet.signatureType}`, keyId);
  }
  const issuers = findIssuers(packet, court);
  if (issuers.length === 0) return fault("unknown-key", "not in the keyring", keyId);
  const judgements: Judgement[] = [];
  for (const issuer of issuers) judgements.push(await judgeByKey(packet, issuer, court));
  return settle(judgements);
}

/** A key or subkey that a signature names. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly signer: Key | Subkey;
}

async function readSignature(
  binarySignature: Uint8Array,
  { openpgp, configs }: Court,
): Promise<SignaturePacket | string> {
  try {
    const config = { ...configs.arithmetic, ignoreUnsupportedPackets: false };
    const { packets } = await openpgp.readSignature({ binarySignature, config });
    const [packet] = packets;
    return packet ?? "no packet";
  } catch (error) {
    return escapeText(error instanceof Error ? error.message : String(error));
  }
}

function findIssuers(packet: SignaturePacket, { certificates }: Court): Issuer[] {
  const keyId = packet.issuerKeyID.toHex();
  const fingerprint =
    packet.issuerFingerprint && Buffer.from(packet.issuerFingerprint).toString("hex");
  return certificates.flatMap((certificate) =>
    // getKeys() with an ID would take an all-zero one as matching every key.
    certificate.key
      .getKeys()
      .filter((signer) => signer.getKeyID().toHex() === keyId)
      .filter((signer) => !fingerprint || signer.getFingerprint() === fingerprint)
      .map((signer) => ({ certificate, signer })),
  );
}

async function judgeByKey(
  packet: SignaturePacket,
  issuer: Issuer,
  court: Court,
): Promise<Judgement> {
  const { certificate, signer } = issuer;
  const { policy, configs, openpgp } = court;
  const keyId = signer.getKeyID().toHex().toUpperCase();
  const created = packet.created ?? new Date(0);
  const hash = hashName(packet, openpgp);
  if (hash === undefined) {
    return fault("unsupported-signature", `digest ${packet.hashAlgorithm}`, keyId);
  }
  if (hash === "md5" || hash === "ripemd") return fault("weak-hash", `made with ${hash}`, keyId);
  const broken = await fits(packet, signer, court);
  if (broken !== undefined) return fault("bad-signature", broken, keyId);
  const fingerprint = certificate.key.getFingerprint().toUpperCase();
  if (policy.fingerprints !== undefined && !policy.fingerprints.has(fingerprint)) {
    return fault("wrong-fingerprint", `${fingerprint} is not one of the keys allowed`, keyId);
  }
  if (hash === "sha1" || hash === "sha224") return fault("weak-hash", `made with ${hash}`, keyId);
  if (created > policy.latest) {
    return fault("future-signature", `made ${created.toISOString()}`, keyId);
  }
  const ends = packet.getExpirationTime();
  if (Number(ends) <= policy.now.getTime()) {
    return fault("expired-signature", `expired ${new Date(Number(ends)).toISOString()}`, keyId);
  }
  const verdict = await judgeKey(issuer, configs, policy);
  if ("reason" in verdict) return keyFault(verdict, keyId);
  const user = await certificate.key
    .getPrimaryUser(policy.latest, undefined, configs.lenient)
    .catch(() => undefined);
  const good: GoodSignature = Object.freeze({
    fingerprint,
    keyId,
    userId: user?.user.userID?.userID ?? certificate.key.getUserIDs()[0] ?? "",
    file: certificate.file,
    created,
    algorithm: verdict.algorithm,
    hash,
  });
  return verdict.sha1Bound ? { good, warning: sha1Warning(good) } : { good };
}

function hashName(packet: SignaturePacket, { enums }: Openpgp): string | undefined {
  return Object.entries(enums.hash).find(([, number]) => number === packet.hashAlgorithm)?.[0];
}

/** Why the signature does not fit the bytes, or `undefined`. Of times and strength says nothing. */
async function fits(
  packet: SignaturePacket,
  signer: Key | Subkey,
  { document, configs }: Court,
): Promise<string | undefined> {
  if (signer.getCreationTime() > (packet.created ?? new Date(0))) return "older than its key";
  try {
    const type = packet.signatureType;
    if (type === null) return "without a type";
    await packet.verify(signer.keyPacket, type, document, ANY_TIME, true, configs.arithmetic);
    return undefined;
  } catch (error) {
    return `does not fit the text (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** A key may lie in several files: a revocation in one counts for all, else the best copy decides. */
function settle(judgements: readonly Judgement[]): Judgement {
  const faults = judgements.flatMap((judgement) => ("fault" in judgement ? [judgement] : []));
  const revoked = faults.find(({ fault }) => fault.reason === "revoked-key");
  if (revoked !== undefined) return revoked;
  const good = judgements.filter((judgement) => "good" in judgement);
  const best = good.find((judgement) => !("warning" in judgement)) ?? good[0];
  if (best !== undefined) return best;
  const rank = (judgement: { fault: SignatureFault }) => TELLING.indexOf(judgement.fault.reason);
  const [worst] = faults.toSorted((a, b) => rank(a) - rank(b));
  return worst ?? fault("unknown-key", "not in the keyring");
}

function keyFault(verdict: KeyFault, keyId: string): Judgement {
  return fault(verdict.reason, verdict.detail, keyId);
}

function sha1Warning(good: GoodSignature): VerifyWarning {
  return {
    code: "sha1-bound-key",
    message: `key ${good.fingerprint} (${escapeText(good.file)}) is bound by SHA-1 self-signatures alone; accepted because its keyring is named`,
    keyId: good.keyId,
  };
}

function fault(reason: FaultReason, detail: string, keyId?: string): Judgement {
  const named = keyId === undefined || /^0*$/.test(keyId) ? {} : { keyId };
  return { fault: Object.freeze({ reason, ...named, detail: escapeText(detail) }) };
}
