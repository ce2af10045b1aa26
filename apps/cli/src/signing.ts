import { createHash } from "node:crypto";
import type { MirrorConfig } from "@mirror/config";
import type { Sign } from "@mirror/sync";
import { readSigningKey, type SigningKey } from "@mirror/verify";
import { readNamedFile } from "./read-file.js";

/**
 * The key that signs a mirror's own Release, or `undefined` where upstream's is published. Its files
 * are read now, by whoever may read them; what is wrong with them is told once the key is asked for,
 * as those who only look may not read them.
 */
export async function readSigning({ sign }: MirrorConfig): Promise<Sign | undefined> {
  if (sign === undefined) return undefined;
  const { keyPath, passphraseFile, validFor } = sign;
  const term = validFor === undefined ? {} : { validFor };
  try {
    const bytes = await readNamedFile(keyPath, "signing key");
    const secret = passphraseFile === undefined ? {} : { passphrase: await lineOf(passphraseFile) };
    let key: Promise<SigningKey> | undefined;
    return {
      key() {
        key ??= readSigningKey(bytes, { name: keyPath, ...secret });
        return key;
      },
      keyDigest: createHash("sha256").update(bytes).digest("hex"),
      ...term,
    };
  } catch (error) {
    return { key: () => Promise.reject(error), keyDigest: "", ...term };
  }
}

async function lineOf(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readNamedFile(path, "passphrase"));
  const [line = ""] = text.split(/\r?\n/, 1);
  return line;
}
