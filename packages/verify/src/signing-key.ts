import type { Key, PrivateKey, SecretKeyPacket, SecretSubkeyPacket } from "openpgp";
import { VerifyError } from "./error.js";
import { openpgpConfigs } from "./openpgp-config.js";
import { badSigningKey, cutPrivateKeyFile, noPrivateKey } from "./private-key-file.js";

/** How {@link readSigningKey} names and opens a key. */
export interface SigningKeyOptions {
  /** How messages name the file; usually its path. */
  readonly name: string;
  /**
   * What the key is locked with, without the line end of the file that it came from; not looked at
   * if the key is not locked.
   */
  readonly passphrase?: string;
}

/** A private key, unlocked; made by `readSigningKey` alone, and shows nothing of its private part. */
export interface SigningKey {
  /** Name of the file that held it. */
  readonly name: string;
  /** Fingerprint of the primary key, upper-case hex: what others verify with. */
  readonly fingerprint: string;
  /** User IDs as their owner wrote them: escape them before showing them. */
  readonly userIds: readonly string[];
}

/** What stands behind a {@link SigningKey}. */
export interface UnlockedKey {
  readonly key: PrivateKey;
  /** Fingerprints of the key and subkeys whose private part is there, as OpenPGP.js spells them. */
  readonly unlocked: ReadonlySet<string>;
}

/** Kinds of subkeys that are not worth the second that unlocking one takes. */
const ENCRYPTS_ONLY: ReadonlySet<string> = new Set([
  "ecdh",
  "elgamal",
  "rsaEncrypt",
  "x25519",
  "x448",
]);

const unlockedKeys = new WeakMap<SigningKey, UnlockedKey>();

/**
 * Reads a private key to sign with: ASCII armor or binary, one key, locked or not.
 *
 * Private parts that are not in the file (a primary key kept offline, a smart card) are left out;
 * the others must open with the passphrase and fit their public parts. Whether the key may sign is
 * a question of the time: `checkSigningKey` answers it, and each signing asks again.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_SIGNING_KEY`, `ERR_VERIFY_NO_PRIVATE_KEY`,
 * `ERR_VERIFY_NO_PASSPHRASE`, `ERR_VERIFY_WRONG_PASSPHRASE`
 *
 * @example
 * ```ts
 * const name = "/etc/mirrorctl/mirror.key";
 * const key = await readSigningKey(await readFile(name), { name, passphrase });
 * const inRelease = await clearsignText(release, key, { now: new Date() });
 * ```
 */
export async function readSigningKey(
  bytes: Uint8Array,
  options: SigningKeyOptions,
): Promise<SigningKey> {
  const { name } = options;
  const binaryKey = cutPrivateKeyFile(name, bytes);
  const openpgp = await import("openpgp");
  const configs = openpgpConfigs(openpgp);
  const key = await openpgp
    .readPrivateKey({ binaryKey, config: configs.lenient })
    .catch((cause: unknown) => {
      throw badSigningKey(name, "a private key of an unsupported kind", cause);
    });
  const unlocked = new Set<string>();
  for (const part of key.getKeys()) {
    if (ENCRYPTS_ONLY.has(part.getAlgorithmInfo().algorithm)) continue;
    if (await unlock(part, options)) unlocked.add(part.getFingerprint());
  }
  if (unlocked.size === 0) throw noPrivateKey(name, "a key without its private parts");
  const signingKey: SigningKey = Object.freeze({
    name,
    fingerprint: key.getFingerprint().toUpperCase(),
    userIds: Object.freeze(key.getUserIDs()),
  });
  unlockedKeys.set(signingKey, { key, unlocked });
  return signingKey;
}

/** The private key behind a {@link SigningKey}. @throws `TypeError` if `readSigningKey` did not make it */
export function unlockedKeyOf(key: SigningKey): UnlockedKey {
  const found = unlockedKeys.get(key);
  if (found === undefined) throw new TypeError("not a key that readSigningKey has made");
  return found;
}

/** Opens the private part of a key or subkey in place; `false` if it is not there. */
async function unlock(
  part: Key | PrivateKey["subkeys"][number],
  { name, passphrase }: SigningKeyOptions,
): Promise<boolean> {
  const packet = part.keyPacket as SecretKeyPacket | SecretSubkeyPacket;
  if (packet.isMissingSecretKeyMaterial()) return false;
  if (!packet.isDecrypted()) {
    if (passphrase === undefined) {
      throw new VerifyError(
        "ERR_VERIFY_NO_PASSPHRASE",
        `${name}: the private key is locked, expected a passphrase, got none`,
        { expected: "a passphrase", found: "none" },
      );
    }
    try {
      await packet.decrypt(passphrase);
    } catch (cause) {
      throw lockFault(name, cause);
    }
  }
  try {
    await packet.validate();
  } catch (cause) {
    throw badSigningKey(name, "a private part that does not fit its public part", cause);
  }
  return true;
}

function lockFault(name: string, cause: unknown): VerifyError {
  if (cause instanceof Error && cause.message.startsWith("Incorrect key passphrase")) {
    return new VerifyError(
      "ERR_VERIFY_WRONG_PASSPHRASE",
      `${name}: the passphrase does not open the private key`,
      { expected: "the passphrase of the key", found: "another", cause },
    );
  }
  return badSigningKey(name, "a private key locked in an unsupported way", cause);
}
