import type { Config, Key } from "openpgp";
import { ANY_TIME } from "./any-time.js";
import { isSubkey } from "./judge-key.js";

/** A key or subkey that may sign. */
export interface KeyringSigner {
  /** Its key ID, 16 upper-case hex digits. */
  readonly keyId: string;
  /** When it expires by itself; its primary key may expire earlier. Absent if it does not. */
  readonly expires?: Date;
}

/** The parts of a key that may sign, were it any time: none if its primary key is revoked. */
export async function findSigners(key: Key, config: Config): Promise<KeyringSigner[]> {
  const signers: KeyringSigner[] = [];
  for (const part of key.getKeys()) {
    const keyId = part.getKeyID();
    const found = await key
      .getSigningKey(keyId, ANY_TIME, undefined, config)
      .catch(() => undefined);
    if (found?.getFingerprint() !== part.getFingerprint()) continue;
    const expires = isSubkey(part)
      ? await part.getExpirationTime(ANY_TIME, config)
      : await key.getExpirationTime(undefined, config);
    const own = expires instanceof Date ? { expires } : {};
    signers.push(Object.freeze({ keyId: keyId.toHex().toUpperCase(), ...own }));
  }
  return signers;
}
