import { certificatesOf, type Keyring, type KeyringKey } from "./keyring.js";
import { writeArmor } from "./write-armor.js";

/**
 * The keys of these fingerprints in one block of ASCII armor, as apt reads it from a `.asc` file or
 * from the `Signed-By` of a `.sources` file: of several blocks it reads the first one alone.
 *
 * Of a key that the keyring has twice, that copy is taken which is valid for longest, or says that it
 * is revoked.
 *
 * @param fingerprints - of primary keys, 40 or 64 hex digits each, in the order of the result
 * @throws `TypeError` for a fingerprint that the keyring lacks, or for none at all
 */
export function armorKeys(keyring: Keyring, fingerprints: readonly string[]): Uint8Array {
  const certificates = certificatesOf(keyring);
  const wanted = new Set(fingerprints.map((fingerprint) => fingerprint.toUpperCase()));
  if (wanted.size === 0) throw new TypeError("no fingerprints");
  const packets = [...wanted].map((fingerprint) => {
    const [newest] = keyring.keys
      .map((key, at) => ({ key, certificate: certificates[at] }))
      .filter(({ key }) => key.fingerprint === fingerprint)
      .sort((a, b) => endOf(b.key) - endOf(a.key));
    if (!newest?.certificate) throw new TypeError(`not in the keyring: ${fingerprint}`);
    return newest.certificate.key.write();
  });
  return writeArmor("PGP PUBLIC KEY BLOCK", new Uint8Array(Buffer.concat(packets)));
}

function endOf({ expires, revoked }: KeyringKey): number {
  // What one copy says of a revocation holds for all.
  if (revoked) return Number.MAX_VALUE;
  return expires?.getTime() ?? Number.MAX_SAFE_INTEGER;
}
