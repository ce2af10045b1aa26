import type { Key, SignaturePacket, Subkey } from "openpgp";
import type { Certificate } from "./keyring.js";

/** A key or subkey that a signature names, and the certificate that holds it. */
export interface Issuer {
  readonly certificate: Certificate;
  readonly signer: Key | Subkey;
}

/** Every key and subkey that a signature may be by, by its key ID and fingerprint if it has one. */
export function findIssuers(
  packet: SignaturePacket,
  certificates: readonly Certificate[],
): readonly Issuer[] {
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
