import {
  type Config,
  createCleartextMessage,
  createMessage,
  enums,
  type PrivateKey,
  readPrivateKey,
  readSignature,
  sign,
} from "openpgp";
import type { TestKey } from "./key.js";

/** When and how a signature is made. */
export interface SignOptions {
  /** Creation time of the signatures; by default now, or the last moment at which the key was valid. */
  readonly date?: Date;
  /** The digest, `sha512` by default; `sha1` (RSA keys only) makes a signature that nobody should accept. */
  readonly hash?: "sha1" | "sha256" | "sha512";
}

const SIGNATURE_BEGINS = "-----BEGIN PGP SIGNATURE-----";

/** A clearsigned document (InRelease) of the text, one signature packet per key; the newline that ends the last line is not part of what is signed (RFC 9580, section 7). */
export async function clearsign(
  text: string,
  keys: TestKey | readonly TestKey[],
  options: SignOptions = {},
): Promise<string> {
  const packets: Uint8Array[] = [];
  let head = "";
  for (const key of listOf(keys)) {
    const signed = await sign({
      message: await createCleartextMessage({ text: text.replace(/\n$/, "") }),
      ...(await signingOptions(key, options)),
    });
    const armorStart = signed.lastIndexOf(SIGNATURE_BEGINS);
    head = signed.slice(0, armorStart).replaceAll("\r\n", "\n");
    const armored = await readSignature({ armoredSignature: signed.slice(armorStart) });
    packets.push(await bytesOf(armored));
  }
  return head + (await armorPackets(packets));
}

/** A detached signature (Release.gpg) of the text: armored unless `armor` is false, one packet per key. */
export async function detachSign(
  text: string | Uint8Array,
  keys: TestKey | readonly TestKey[],
  options: SignOptions & { readonly armor?: boolean } = {},
): Promise<Uint8Array> {
  const packets: Uint8Array[] = [];
  for (const key of listOf(keys)) {
    const signature = await sign({
      message: await createMessage({ binary: Buffer.from(text) }),
      detached: true,
      ...(await signingOptions(key, options)),
      format: "binary",
    });
    packets.push(signature);
  }
  return options.armor === false
    ? Buffer.concat(packets)
    : Buffer.from(await armorPackets(packets));
}

async function armorPackets(packets: readonly Uint8Array[]): Promise<string> {
  const signature = await readSignature({ binarySignature: Buffer.concat(packets) });
  return signature.armor().replaceAll("\r\n", "\n");
}

async function bytesOf(signature: Awaited<ReturnType<typeof readSignature>>): Promise<Uint8Array> {
  const bytes = signature.write();
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("openpgp returned a stream for a signature");
  }
  return bytes;
}

const privateKeys = new WeakMap<TestKey, Promise<PrivateKey>>();

async function signingOptions(
  key: TestKey,
  options: SignOptions,
): Promise<{ signingKeys: PrivateKey; date: Date; config: Partial<Config> }> {
  const config: Partial<Config> = {
    minRSABits: 512,
    preferredHashAlgorithm: enums.hash[options.hash ?? "sha512"],
    rejectHashAlgorithms: new Set(),
    rejectMessageHashAlgorithms: new Set(),
    // Its salt is as long as the digest, and SHA-1 has no length there.
    nonDeterministicSignaturesViaNotation: options.hash !== "sha1",
  };
  const known = privateKeys.get(key) ?? readPrivateKey({ armoredKey: key.armoredPrivate, config });
  privateKeys.set(key, known);
  const signingKeys =
    options.hash === undefined ? await known : await preferring(key, options.hash, config);
  const now = Date.now();
  const last = key.expires === undefined ? now : Math.min(now, key.expires.getTime() - 1000);
  const moment = options.date?.getTime() ?? Math.max(last, key.created.getTime());
  return { signingKeys, date: new Date(Math.floor(moment / 1000) * 1000), config };
}

// openpgp.js asks the key itself which digests it prefers; only this copy in memory says otherwise.
async function preferring(
  key: TestKey,
  hash: "sha1" | "sha256" | "sha512",
  config: Partial<Config>,
): Promise<PrivateKey> {
  const privateKey = await readPrivateKey({ armoredKey: key.armoredPrivate, config });
  for (const certification of privateKey.users.flatMap((user) => user.selfCertifications)) {
    certification.preferredHashAlgorithms = [enums.hash[hash]];
  }
  return privateKey;
}

function listOf(keys: TestKey | readonly TestKey[]): readonly TestKey[] {
  return "fingerprint" in keys ? [keys] : keys;
}
