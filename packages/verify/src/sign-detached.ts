import { armorSignature } from "./armor-signature.js";
import { verifyDetached } from "./detached.js";
import { sign } from "./sign.js";
import type { SignOptions } from "./signer.js";
import type { SigningKey } from "./signing-key.js";

/**
 * Signs a Release and returns its Release.gpg, in the ASCII armor that apt reads.
 *
 * The same bytes, key and second make the same signature.
 *
 * @param release - the whole file as it will be published, 10 MB at most
 * @throws {@link VerifyError} `ERR_VERIFY_SIGNING_KEY_REVOKED`, `ERR_VERIFY_SIGNING_KEY_EXPIRED`,
 * `ERR_VERIFY_SIGNING_KEY_WEAK`, `ERR_VERIFY_SIGNING_KEY_UNUSABLE`, `ERR_VERIFY_TOO_LARGE`
 */
export async function signDetached(
  release: Uint8Array,
  key: SigningKey,
  options: SignOptions,
): Promise<Uint8Array> {
  return sign(
    {
      content: release,
      assemble: (packets) => armorSignature(packets),
      verify: (signature, keyring, policy) => verifyDetached(release, signature, keyring, policy),
    },
    key,
    options,
  );
}
