import type { Keyring } from "./keyring.js";
import { checkSize } from "./limits.js";
import { readText } from "./lines.js";
import type { Policy } from "./policy.js";
import { readSignatureFile } from "./signature-file.js";
import { createSignedText, type SignedText } from "./signed-text.js";
import { verifySignatures } from "./verify-signatures.js";

/**
 * Verifies a Release by its Release.gpg and returns the text that the signatures cover.
 *
 * The same signatures count as for {@link verifyInRelease}. The signature file may be armored (any
 * number of blocks, nothing around them) or binary; apt reads armor only, so publish a binary one
 * through `armorSignature`.
 *
 * @param release - the whole Release, 10 MB at most
 * @param signature - the whole Release.gpg, 1 MB at most
 * @param place - where the files lie, for messages: `dists/stable/`
 * @throws {@link VerifyError}
 */
export async function verifyDetached(
  release: Uint8Array,
  signature: Uint8Array,
  keyring: Keyring,
  policy: Policy,
  place = "",
): Promise<SignedText> {
  const name = `${place}Release.gpg`;
  checkSize(`${place}Release`, release, "document");
  const { packets } = readSignatureFile(name, signature);
  const document = { name, signed: release, signature: packets, clearsigned: false };
  const verdict = await verifySignatures(document, keyring, policy);
  return createSignedText({
    text: readText(release, { dashEscaped: false }),
    verified: true,
    ...verdict,
  });
}
