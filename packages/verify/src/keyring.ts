import type { Key } from "openpgp";
import { ANY_TIME } from "./any-time.js";
import { VerifyError } from "./error.js";
import { escapeText } from "./escape-text.js";
import type { KeyPackets } from "./key-packets.js";
import { cutKeyringFile } from "./keyring-file.js";
import { findSigners, type KeyringSigner } from "./keyring-signers.js";
import { type OpenpgpConfigs, openpgpConfigs } from "./openpgp-config.js";

type Openpgp = typeof import("openpgp");

/** A keyring file as the caller has read it. */
export interface KeyringFile {
  /** How messages name it; usually its path. */
  readonly name: string;
  /** Its content: binary or ASCII-armored public keys, any number, armor blocks one after another. */
  readonly bytes: Uint8Array;
  /**
   * Named by the operator, not one of the system's: it must be readable, and its keys may be bound
   * by SHA-1 self-signatures.
   */
  readonly named: boolean;
}

/** A key of a {@link Keyring}. */
export interface KeyringKey {
  /** Fingerprint of the primary key, 40 (version 4) or 64 (version 6) upper-case hex digits. */
  readonly fingerprint: string;
  /** Key IDs of the primary key and of its subkeys, 16 upper-case hex digits each. */
  readonly keyIds: readonly string[];
  /** User IDs as their owner wrote them: escape them before showing them. */
  readonly userIds: readonly string[];
  readonly created: Date;
  /** When the primary key expires; absent if it does not, or has no valid self-signature. */
  readonly expires?: Date;
  /** Whether the primary key is revoked. */
  readonly revoked: boolean;
  /**
   * The primary key and the subkeys that may sign: bound, marked for it, strong enough and not
   * revoked, expired or not. Empty if nothing that the key signs counts.
   */
  readonly signers: readonly KeyringSigner[];
  /** Name of the file that holds it. */
  readonly file: string;
}

/** A key or a whole file that could not be used. */
export interface SkippedKey {
  readonly file: string;
  /** Why, in words, control characters escaped. */
  readonly problem: string;
}

/** Keys to verify with; made by `readKeyring` alone. */
export interface Keyring {
  /** Names of the files, in the order given. */
  readonly files: readonly string[];
  /** The keys, in the order of the files; a key that two files hold is there twice. */
  readonly keys: readonly KeyringKey[];
  /** What could not be used: a key of an unsupported kind, a secret key, an unreadable system file. */
  readonly skipped: readonly SkippedKey[];
}

/** A key as OpenPGP.js reads it, and what the policy must know of where it came from. */
export interface Certificate {
  readonly key: Key;
  readonly file: string;
  readonly named: boolean;
}

const certificates = new WeakMap<Keyring, readonly Certificate[]>();

/**
 * Reads keyring files: ASCII armor or binary, many keys in one file, concatenated blocks.
 *
 * Each key is read for itself: one of an unsupported kind is listed in `skipped` and the others
 * stay usable. A file that is no keyring (empty, garbage, a GnuPG keybox) or yields no key is an
 * error if the operator named it; a system's file like that is skipped, as apt skips it, unless no
 * file yields a key. No files at all make a keyring without keys, by which nothing verifies.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_BAD_KEYRING`, the file's name in `keyrings`
 *
 * @example
 * ```ts
 * const name = "/usr/share/keyrings/debian-archive-keyring.gpg";
 * const keyring = await readKeyring([{ name, bytes: await readFile(name), named: true }]);
 * ```
 */
export async function readKeyring(files: readonly KeyringFile[]): Promise<Keyring> {
  const openpgp = await import("openpgp");
  const configs = openpgpConfigs(openpgp);
  const found: Certificate[] = [];
  const skipped: SkippedKey[] = [];
  for (const file of files) {
    const reading = cutKeyringFile(file.bytes);
    if ("problem" in reading) {
      if (file.named) throw badKeyring(file.name, reading.problem);
      skipped.push({ file: file.name, problem: escapeText(reading.problem) });
      continue;
    }
    const before = found.length;
    for (const packets of reading.keys) {
      const key = await readKey(openpgp, configs, packets);
      if (typeof key === "string") skipped.push({ file: file.name, problem: escapeText(key) });
      else found.push({ key, file: file.name, named: file.named });
    }
    if (file.named && found.length === before) {
      throw badKeyring(file.name, skipped.at(-1)?.problem ?? "no key");
    }
  }
  const [first] = skipped;
  if (found.length === 0 && first !== undefined) throw badKeyring(first.file, first.problem);
  const keys = await Promise.all(found.map((certificate) => describe(certificate, configs)));
  const keyring: Keyring = Object.freeze({
    files: Object.freeze(files.map((file) => file.name)),
    keys: Object.freeze(keys),
    skipped: Object.freeze(skipped),
  });
  certificates.set(keyring, found);
  return keyring;
}

/** The parsed keys behind a {@link Keyring}. @throws `TypeError` if `readKeyring` did not make it */
export function certificatesOf(keyring: Keyring): readonly Certificate[] {
  const found = certificates.get(keyring);
  if (found === undefined) throw new TypeError("not a keyring that readKeyring has made");
  return found;
}

async function readKey(
  openpgp: Openpgp,
  configs: OpenpgpConfigs,
  packets: KeyPackets,
): Promise<Key | string> {
  if (packets.secret) return "a secret key";
  try {
    return await openpgp.readKey({ binaryKey: packets.bytes, config: configs.lenient });
  } catch (error) {
    return `unsupported key: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function describe(certificate: Certificate, configs: OpenpgpConfigs): Promise<KeyringKey> {
  const { key, file, named } = certificate;
  const expires = await key.getExpirationTime(undefined, configs.lenient);
  return Object.freeze({
    fingerprint: key.getFingerprint().toUpperCase(),
    keyIds: Object.freeze(key.getKeyIDs().map((id) => id.toHex().toUpperCase())),
    userIds: Object.freeze(key.getUserIDs()),
    created: key.getCreationTime(),
    ...(expires instanceof Date ? { expires } : {}),
    revoked: await key.isRevoked(undefined, undefined, ANY_TIME, configs.arithmetic),
    signers: Object.freeze(await findSigners(key, named ? configs.lenient : configs.strict)),
    file,
  });
}

function badKeyring(file: string, problem: string): VerifyError {
  return new VerifyError(
    "ERR_VERIFY_BAD_KEYRING",
    `${file}: not a usable keyring, expected OpenPGP public keys, got ${problem}`,
    { keyrings: [file], expected: "OpenPGP public keys", found: problem },
  );
}
