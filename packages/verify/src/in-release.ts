import { splitClearsigned } from "./clearsign.js";
import type { Keyring } from "./keyring.js";
import type { Policy } from "./policy.js";
import { createSignedText, type SignedText } from "./signed-text.js";
import { verifySignatures } from "./verify-signatures.js";

/**
 * Verifies an InRelease and returns the text that its signatures cover.
 *
 * The file is taken apart first, by rules as strict as apt's; OpenPGP.js is then asked about the
 * very lines that are returned, so the text verified and the text returned cannot differ. A
 * signature counts if its key is in the keyring (and among `policy.fingerprints`), it is made with
 * SHA-256 or stronger by a key that is bound, marked for signing, not revoked, not expired and no
 * weaker than RSA 2048 or the usual curves, and neither it nor the key is from the future. One
 * suffices; the others are named in `warnings`, unless one by a known key does not fit the text.
 *
 * @param inRelease - the whole file, 10 MB at most
 * @param place - where the file lies, for messages: `dists/stable/`
 * @throws {@link VerifyError}
 *
 * @example
 * ```ts
 * const release = await verifyInRelease(bytes, keyring, { now: new Date(), maxFuture: 10_000 });
 * console.log(release.text, release.signatures[0]?.fingerprint);
 * ```
 */
export async function verifyInRelease(
  inRelease: Uint8Array,
  keyring: Keyring,
  policy: Policy,
  place = "",
): Promise<SignedText> {
  const name = `${place}InRelease`;
  const { text, signed, signature } = splitClearsigned(inRelease, name);
  const document = { name, signed, signature, clearsigned: true };
  const verdict = await verifySignatures(document, keyring, policy);
  return createSignedText({ text, verified: true, ...verdict });
}
