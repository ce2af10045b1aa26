import {
  acceptUnverified,
  type Keyring,
  type Policy,
  type SignedText,
  verifyDetached,
  verifyInRelease,
} from "@mirror/verify";
import type { DocumentName } from "./document-name.js";
import { SyncError } from "./error.js";
import { suiteDirectory } from "./suite-path.js";

/** The Release files of a suite: untrusted bytes. */
export type DocumentBodies = Readonly<Partial<Record<DocumentName, Uint8Array>>>;

/**
 * The text of an InRelease that is signed as it must be, or where there is none of a Release with
 * its Release.gpg.
 *
 * @throws VerifyError when no signature counts; SyncError ERR_SYNC_NO_RELEASE
 */
export async function verifyDocuments(
  suite: string,
  { InRelease: inRelease, Release: release, "Release.gpg": signature }: DocumentBodies,
  keyring: () => Promise<Keyring>,
  policy: Policy,
): Promise<SignedText> {
  const place = suiteDirectory(suite);
  if (inRelease) return verifyInRelease(inRelease, await keyring(), policy, place);
  if (release && signature)
    return verifyDetached(release, signature, await keyring(), policy, place);
  throw noRelease(suite);
}

/**
 * The text of an InRelease, or where there is none of a Release, WITHOUT CHECKING ANY SIGNATURE.
 *
 * @throws VerifyError for an InRelease that is no clearsigned text; SyncError ERR_SYNC_NO_RELEASE
 */
export function acceptDocumentsUnverified(
  suite: string,
  { InRelease: inRelease, Release: release }: DocumentBodies,
): SignedText {
  const place = suiteDirectory(suite);
  if (inRelease) return acceptUnverified(inRelease, "clearsigned", place);
  if (release) return acceptUnverified(release, "plain", place);
  throw noRelease(suite);
}

function noRelease(suite: string): SyncError {
  return new SyncError(
    "ERR_SYNC_NO_RELEASE",
    `${suite}: no signed Release, expected InRelease or Release with Release.gpg`,
    { suite },
  );
}
