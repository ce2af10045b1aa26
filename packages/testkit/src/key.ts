import {
  type Config,
  enums,
  generateKey,
  type PrivateKey,
  readPrivateKey,
  revokeKey as revokeOpenpgpKey,
} from "openpgp";

/** An OpenPGP key pair of a test; plain data, so that it can be made once and shared. */
export interface TestKey {
  readonly userId: string;
  readonly armoredPublic: string;
  readonly binaryPublic: Uint8Array;
  /** Without a passphrase. */
  readonly armoredPrivate: string;
  /** Of the primary key: 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** Of the (sub)key that signs: 16 upper-case hex digits. */
  readonly keyId: string;
  readonly created: Date;
  /** Undefined when it never expires. */
  readonly expires: Date | undefined;
}

/** What {@link createKey} makes. */
export interface KeyOptions {
  /** `Name <address>`; by default `Test Archive <archive@example.org>`. */
  readonly userId?: string;
  /** By default `ed25519` (as GnuPG 2.2 reads it). */
  readonly type?: "ed25519" | "rsa";
  /** RSA modulus, 2048 by default; 1024 makes a weak one. */
  readonly bits?: number;
  /** One minute ago by default. */
  readonly created?: Date;
  /** Lifetime in seconds from `created`; for ever when left out. */
  readonly expiresIn?: number;
  /** Sign with a subkey, as Debian's archive keys do. */
  readonly signingSubkey?: boolean;
}

// The kit makes bad keys too: what is weak is for the code under test to find out.
const ANY_STRENGTH: Partial<Config> = { minRSABits: 512 };

/**
 * Makes a new OpenPGP (version 4) key pair that signs.
 *
 * @example
 * ```ts
 * const key = await createKey({ userId: "Example Archive <archive@example.org>" });
 * ```
 */
export async function createKey(options: KeyOptions = {}): Promise<TestKey> {
  const userId = options.userId ?? "Test Archive <archive@example.org>";
  const match = /^(.*?)\s*<([^>]*)>$/.exec(userId);
  const created = wholeSeconds(options.created ?? new Date(Date.now() - 60_000));
  const pair = await generateKey({
    ...(options.type === "rsa"
      ? { type: "rsa" as const, rsaBits: options.bits ?? 2048 }
      : { type: "ecc" as const, curve: "ed25519Legacy" as const }),
    userIDs: match === null ? { name: userId } : { name: match[1] ?? "", email: match[2] ?? "" },
    date: created,
    ...(options.expiresIn === undefined ? {} : { keyExpirationTime: options.expiresIn }),
    subkeys: options.signingSubkey === true ? [{ sign: true }] : [],
    format: "object",
    config: ANY_STRENGTH,
  });
  const lifetime = options.expiresIn;
  return {
    ...describe(pair.privateKey),
    userId,
    created,
    expires: lifetime === undefined ? undefined : new Date(created.getTime() + lifetime * 1000),
  };
}

/** The same key with a revocation in its public half, made now unless `date` says otherwise; the private half still signs. */
export async function revokeKey(key: TestKey, date = new Date()): Promise<TestKey> {
  const privateKey = await readPrivateKey({
    armoredKey: key.armoredPrivate,
    config: ANY_STRENGTH,
  });
  const revoked = await revokeOpenpgpKey({
    key: privateKey,
    date: wholeSeconds(date),
    reasonForRevocation: { flag: enums.reasonForRevocation.keyCompromised, string: "test" },
    format: "object",
    config: ANY_STRENGTH,
  });
  const publicKey = revoked.publicKey;
  return { ...key, armoredPublic: publicKey.armor(), binaryPublic: publicKey.write() };
}

/** One binary keyring file holding all these public keys, as `gpgv --keyring` and apt read it. */
export function keyringOf(keys: readonly TestKey[]): Uint8Array {
  return Buffer.concat(keys.map((key) => key.binaryPublic));
}

function describe(key: PrivateKey): Omit<TestKey, "userId" | "created" | "expires"> {
  const signing = key.subkeys[0] ?? key;
  const publicKey = key.toPublic();
  return {
    armoredPublic: publicKey.armor(),
    binaryPublic: publicKey.write(),
    armoredPrivate: key.armor(),
    fingerprint: key.getFingerprint().toUpperCase(),
    keyId: signing.getKeyID().toHex().toUpperCase(),
  };
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
