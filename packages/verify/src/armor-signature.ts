import { cutSignatures, readSignatureFile } from "./signature-file.js";
import { writeArmor } from "./write-armor.js";

/**
 * Puts a detached signature into ASCII armor: the same packets, in the form that apt reads.
 *
 * A signature that is armored already comes back as the same bytes. Says nothing about whether
 * the signature is good: call it on what `verifyDetached` has accepted.
 *
 * @param place - where the file lies, for messages: `dists/stable/`
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNATURE_FORMAT`, `ERR_VERIFY_TOO_LARGE`
 */
export function armorSignature(signature: Uint8Array, place = ""): Uint8Array {
  const name = `${place}Release.gpg`;
  const file = readSignatureFile(name, signature);
  cutSignatures(name, file.packets);
  if (file.armored) return signature;
  return writeArmor("PGP SIGNATURE", file.packets);
}
