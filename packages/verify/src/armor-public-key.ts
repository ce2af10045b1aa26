import { type SigningKey, unlockedKeyOf } from "./signing-key.js";

/**
 * The public part of a signing key, in the ASCII armor that apt, `gpgv` and `readKeyring` read: what
 * others verify with.
 *
 * The same key makes the same bytes.
 */
export function armorPublicKey(key: SigningKey): Uint8Array {
  return new TextEncoder().encode(
    unlockedKeyOf(key).key.toPublic().armor().replaceAll("\r\n", "\n"),
  );
}
