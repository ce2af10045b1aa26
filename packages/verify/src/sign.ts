import { VerifyError } from "./error.js";
import { type Keyring, readKeyring } from "./keyring.js";
import type { Policy } from "./policy.js";
import { chooseSigner, type SignOptions } from "./signer.js";
import type { SigningKey } from "./signing-key.js";

/** What is to be signed, and the document that comes of it. */
export interface Signing {
  /** A string for a signature of a text, whose lines count and not their ends. */
  readonly content: string | Uint8Array;
  /** The document made of the signature packets. */
  readonly assemble: (packets: Uint8Array) => Uint8Array;
  /** Verifies that document. */
  readonly verify: (document: Uint8Array, keyring: Keyring, policy: Policy) => Promise<unknown>;
}

/**
 * Signs with SHA-512, and hands out nothing that does not verify again.
 *
 * A computing fault in the middle of a signature can give an RSA or EdDSA key away to whoever
 * reads the result, so the result is verified before anybody does.
 *
 * @throws {@link VerifyError} `ERR_VERIFY_SIGNING_KEY_*`, `ERR_VERIFY_TOO_LARGE`,
 * `ERR_VERIFY_BAD_CLEARSIGN`
 */
export async function sign(
  { content, assemble, verify }: Signing,
  signingKey: SigningKey,
  { now }: SignOptions,
): Promise<Uint8Array> {
  const { key, keyId, signerId } = await chooseSigner(signingKey, { now });
  const openpgp = await import("openpgp");
  const packets = await openpgp.sign({
    message:
      typeof content === "string"
        ? await openpgp.createMessage({ text: content })
        : await openpgp.createMessage({ binary: content, format: "binary" }),
    signingKeys: key,
    signingKeyIDs: signerId,
    date: now,
    detached: true,
    format: "binary",
    config: {
      preferredHashAlgorithm: openpgp.enums.hash.sha512,
      nonDeterministicSignaturesViaNotation: false,
      allowMissingKeyFlags: true,
    },
  });
  const document = assemble(packets);
  const file = { name: signingKey.name, bytes: key.toPublic().write(), named: false };
  try {
    await verify(document, await readKeyring([file]), { now, maxFuture: 0 });
  } catch (cause) {
    if (cause instanceof VerifyError && AT_FAULT.includes(cause.code)) throw cause;
    throw new VerifyError(
      "ERR_VERIFY_SIGNING_KEY_UNUSABLE",
      `${signingKey.name}: key ${signingKey.fingerprint}: what it signs does not verify`,
      { keyIds: [keyId], expected: "a signature that verifies", found: "another", cause },
    );
  }
  return document;
}

/** Where the content is to blame and not the key. */
const AT_FAULT: readonly string[] = ["ERR_VERIFY_TOO_LARGE", "ERR_VERIFY_BAD_CLEARSIGN"];
