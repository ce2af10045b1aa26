import type { TreeBuilder } from "@mirror/snapshot";
import { clearsignText, type SigningKey, signDetached } from "@mirror/verify";
import type { ReleaseTerm } from "./release-term.js";
import { sha256Of } from "./sha256-of.js";

/**
 * Signs the text of a Release and writes it into a tree: InRelease, Release, Release.gpg.
 *
 * @param time - what each file gets as its time, by its path and SHA256
 * @returns the SHA256 of each, by name
 * @throws VerifyError ERR_VERIFY_SIGNING_KEY_*
 */
export async function writeSignedRelease(
  text: string,
  key: SigningKey,
  { date }: ReleaseTerm,
  builder: TreeBuilder,
  directory: string,
  time: (file: { readonly path: string; readonly sha256: string }) => number,
): Promise<Readonly<Record<string, string>>> {
  const bytes = Buffer.from(text);
  const files = {
    InRelease: await clearsignText(text, key, { now: date }),
    Release: bytes,
    "Release.gpg": await signDetached(bytes, key, { now: date }),
  };
  const documents: Record<string, string> = {};
  for (const [name, document] of Object.entries(files)) {
    const path = directory + name;
    const sha256 = sha256Of(document);
    builder.write(path, document, new Date(time({ path, sha256 })));
    documents[name] = sha256;
  }
  return documents;
}
