import { judgeSignature } from "./judge.js";
import type { Judgement } from "./judgement.js";
import { certificatesOf, type Keyring } from "./keyring.js";
import { MAX_LINE_BYTES } from "./limits.js";
import { hasPlainLines } from "./lines.js";
import { openpgpConfigs } from "./openpgp-config.js";
import { checkPolicy, type Policy } from "./policy.js";
import { cutSignatures } from "./signature-file.js";
import { type Verdict, weigh } from "./verdict.js";

/** What is signed, and the signatures made over it. */
export interface SignedBytes {
  /** How messages name it. */
  readonly name: string;
  readonly signed: Uint8Array;
  /** Signature packets one after the other. */
  readonly signature: Uint8Array;
  readonly clearsigned: boolean;
}

/** Judges every signature over some bytes and weighs the judgements. */
export async function verifySignatures(
  document: SignedBytes,
  keyring: Keyring,
  policy: Policy,
): Promise<Verdict> {
  const checked = checkPolicy(policy);
  const certificates = certificatesOf(keyring);
  const packets = cutSignatures(document.name, document.signature);
  const openpgp = await import("openpgp");
  const message = await openpgp.createMessage({ binary: document.signed, format: "binary" });
  const [literal] = message.packets;
  if (!(literal instanceof openpgp.LiteralDataPacket)) throw new TypeError("no literal packet");
  const court = {
    openpgp,
    configs: openpgpConfigs(openpgp),
    certificates,
    policy: checked,
    document: literal,
    clearsigned: document.clearsigned,
    plainLines: hasPlainLines(document.signed, MAX_LINE_BYTES),
  };
  const judgements: Judgement[] = [];
  for (const packet of packets) judgements.push(await judgeSignature(packet.bytes, court));
  return weigh(document.name, judgements, keyring);
}
