import type { Key, LiteralDataPacket, SignaturePacket, Subkey } from "openpgp";
import { ANY_TIME } from "./any-time.js";
import { escapeText } from "./escape-text.js";
import { findIssuers, type Issuer } from "./issuer.js";
import { judgeKey } from "./judge-key.js";
import { fault, type Judgement, settle } from "./judgement.js";
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
  /** Whether the lines of the document are such that a text signature can cover them. */
  readonly plainLines: boolean;
}

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
  if (packet.signatureType === text && !court.plainLines) {
    return fault(
      "unsupported-signature",
      "of a text with a NUL, a CR inside a line, or a line too long",
      keyId,
    );
  }
  const issuers = findIssuers(packet, court.certificates);
  if (issuers.length === 0) return fault("unknown-key", whereabouts(packet), keyId);
  const judgements: Judgement[] = [];
  for (const issuer of issuers) judgements.push(await judgeByKey(packet, issuer, court));
  return settle(judgements);
}

async function readSignature(
  binarySignature: Uint8Array,
  { openpgp, configs }: Court,
): Promise<SignaturePacket | string> {
  try {
    const config = { ...configs.arithmetic, ignoreUnsupportedPackets: false };
    const { packets } = await openpgp.readSignature({ binarySignature, config });
    return packets[0] ?? "no packet";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function judgeByKey(
  packet: SignaturePacket,
  issuer: Issuer,
  court: Court,
): Promise<Judgement> {
  const { certificate, signer } = issuer;
  const { policy, configs } = court;
  const keyId = signer.getKeyID().toHex().toUpperCase();
  const hash = hashName(packet, court.openpgp);
  if (hash === undefined) {
    return fault("unsupported-signature", `digest ${packet.hashAlgorithm}`, keyId);
  }
  if (hash === "md5" || hash === "ripemd") return fault("weak-hash", `made with ${hash}`, keyId);
  const { curve = "" } = signer.getAlgorithmInfo();
  // OpenPGP.js asks Node for these curves through a module that it does not bring along.
  if (curve === "secp256k1") return fault("weak-key", `ECDSA on ${curve}`, keyId);
  if (curve.startsWith("brainpool")) return fault("unsupported-signature", `on ${curve}`, keyId);
  const broken = await misfit(packet, signer, court);
  if (broken !== undefined) return fault("bad-signature", broken, keyId);
  const fingerprint = certificate.key.getFingerprint().toUpperCase();
  if (policy.fingerprints !== undefined && !policy.fingerprints.has(fingerprint)) {
    return fault("wrong-fingerprint", `${fingerprint} is not one of the keys allowed`, keyId);
  }
  if (hash === "sha1" || hash === "sha224") return fault("weak-hash", `made with ${hash}`, keyId);
  const created = madeAt(packet);
  if (created > policy.latest) {
    return fault("future-signature", `made ${created.toISOString()}`, keyId);
  }
  if (created < signer.getCreationTime()) {
    return fault("unusable-key", "made after the signature", keyId);
  }
  const ends = Number(packet.getExpirationTime());
  if (ends <= policy.now.getTime()) {
    return fault("expired-signature", `expired ${new Date(ends).toISOString()}`, keyId);
  }
  const verdict = await judgeKey(issuer, configs, policy);
  if ("reason" in verdict) return fault(verdict.reason, verdict.detail, keyId);
  const good: GoodSignature = Object.freeze({
    fingerprint,
    keyId,
    userId: await primaryUserId(certificate, court),
    file: certificate.file,
    created,
    algorithm: verdict.algorithm,
    hash,
  });
  return verdict.sha1Bound ? { good, warning: sha1Warning(good) } : { good };
}

/** Says by which fingerprint, as the signature has it, the missing key can be looked for. */
function whereabouts({ issuerFingerprint }: SignaturePacket): string {
  if (!issuerFingerprint) return "in no keyring";
  const claimed = Buffer.from(issuerFingerprint).toString("hex").toUpperCase();
  return `fingerprint ${claimed}, in no keyring`;
}

function hashName(packet: SignaturePacket, { enums }: Openpgp): string | undefined {
  return Object.entries(enums.hash).find(([, number]) => number === packet.hashAlgorithm)?.[0];
}

function madeAt(packet: SignaturePacket): Date {
  // The parser refuses a packet without a time; were one to pass, it is from the future.
  return packet.created ?? new Date(8.64e15);
}

/** Why a signature does not fit the bytes, or `undefined`; says nothing of times and strength. */
async function misfit(
  packet: SignaturePacket,
  signer: Key | Subkey,
  { document, configs }: Court,
): Promise<string | undefined> {
  const type = packet.signatureType;
  if (type === null) return "without a type";
  try {
    await packet.verify(signer.keyPacket, type, document, ANY_TIME, true, configs.arithmetic);
    return undefined;
  } catch (error) {
    return `does not fit the text (${error instanceof Error ? error.message : String(error)})`;
  }
}

async function primaryUserId({ key }: Certificate, { policy, configs }: Court): Promise<string> {
  const primary = await key
    .getPrimaryUser(policy.latest, undefined, configs.lenient)
    .catch(() => undefined);
  return primary?.user.userID?.userID ?? key.getUserIDs()[0] ?? "";
}

function sha1Warning(good: GoodSignature): VerifyWarning {
  const { fingerprint, file, keyId } = good;
  const message = `key ${fingerprint} (${escapeText(file)}): bound by SHA-1 self-signatures alone, accepted because its keyring is named`;
  return { code: "sha1-bound-key", message, keyId };
}
