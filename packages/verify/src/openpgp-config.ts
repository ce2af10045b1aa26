import type { Config } from "openpgp";

type Openpgp = typeof import("openpgp");

/** The settings of OpenPGP.js, one object per question; its global ones are never touched. */
export interface OpenpgpConfigs {
  /** Does the signature fit the bytes? Strength is judged apart, so that the answer says which. */
  readonly arithmetic: Config;
  /** Is the key fit to sign, all its self-signatures SHA-224 or stronger? */
  readonly strict: Config;
  /** The same, with SHA-1 self-signatures let through. */
  readonly lenient: Config;
}

/** Settings for {@link OpenpgpConfigs}, complete, from the library's defaults. */
export function openpgpConfigs(openpgp: Openpgp): OpenpgpConfigs {
  const { hash, publicKey } = openpgp.enums;
  const base: Config = {
    ...openpgp.config,
    rejectHashAlgorithms: new Set([hash.md5, hash.ripemd]),
    rejectMessageHashAlgorithms: new Set([hash.md5, hash.ripemd]),
    rejectPublicKeyAlgorithms: new Set([publicKey.elgamal, publicKey.dsa]),
    minRSABits: 2048,
    // gpgv takes a key without usage flags as fit for all.
    allowMissingKeyFlags: true,
    additionalAllowedPackets: [],
    knownNotations: [],
  };
  return {
    arithmetic: {
      ...base,
      rejectHashAlgorithms: new Set(),
      rejectMessageHashAlgorithms: new Set(),
      rejectPublicKeyAlgorithms: new Set(),
      rejectCurves: new Set(),
      minRSABits: 0,
    },
    strict: { ...base, rejectHashAlgorithms: new Set([hash.md5, hash.ripemd, hash.sha1]) },
    lenient: base,
  };
}
