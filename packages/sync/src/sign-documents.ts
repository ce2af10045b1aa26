import { createHash } from "node:crypto";
import type { TreeBuilder } from "@mirror/snapshot";
import { clearsignText, type SigningKey, signDetached } from "@mirror/verify";

/** When a Release of the mirror's own says that it was made, and until when it is valid. */
export interface ReleaseTerm {
  readonly date: Date;
  readonly validUntil?: Date;
}

/**
 * The term of a Release that is signed now. Clients never go back to an older Date, whatever this
 * machine's clock says.
 *
 * @param known - ISO 8601: Dates that they may have seen
 * @param validFor - in ms
 */
export function releaseTerm(
  now: Date,
  known: readonly (string | undefined)[],
  validFor: number | undefined,
): ReleaseTerm {
  const least = known.map((date) => Date.parse(date ?? "") + 1000 || 0);
  const date = new Date(Math.floor(Math.max(now.getTime(), ...least) / 1000) * 1000);
  return {
    date,
    ...(validFor === undefined ? {} : { validUntil: new Date(date.getTime() + validFor) }),
  };
}

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
    const sha256 = createHash("sha256").update(document).digest("hex");
    builder.write(path, document, new Date(time({ path, sha256 })));
    documents[name] = sha256;
  }
  return documents;
}
