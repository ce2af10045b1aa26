import { Deb822Error, parseRelease, type Release } from "@mirror/deb822";
import { armorSignature, type SignedText, verifyDetached } from "@mirror/verify";
import { SyncError } from "./error.js";
import type { SuiteFacts } from "./facts.js";
import type { ReleaseDocument, ReleaseDocuments } from "./release-documents.js";
import type { Run } from "./run.js";
import { servedTime } from "./served-time.js";
import { sha256Of } from "./sha256-of.js";
import { suiteDirectory } from "./suite-path.js";
import {
  acceptDocumentsUnverified,
  type DocumentBodies,
  verifyDocuments,
} from "./verify-documents.js";

/** A suite's Release, verified, with the files of it that will be published. */
export interface SuiteRelease {
  readonly suite: string;
  /** Below the repository's base; ends in `/` or is empty. */
  readonly directory: string;
  readonly release: Release;
  readonly signed: SignedText;
  readonly served: ReleaseDocuments;
  readonly published: readonly PublishedDocument[];
  /** Of a frozen suite: what the tree that it comes from says of it. */
  readonly carried?: SuiteFacts;
}

/** A Release file as the tree will hold it. */
export interface PublishedDocument {
  readonly name: "InRelease" | "Release" | "Release.gpg";
  readonly bytes: Uint8Array;
  /** SHA256 of `bytes`. */
  readonly sha256: string;
  readonly lastModified: Date | undefined;
}

/**
 * Verifies what upstream served for a suite and reads the signed text, in this order.
 *
 * @throws VerifyError when no signature counts; SyncError ERR_SYNC_BAD_RELEASE when the signed text
 * is no Release
 */
export async function readRelease(
  run: Run,
  suite: string,
  served: ReleaseDocuments,
): Promise<SuiteRelease> {
  const signed = await verifyServed(run, suite, served);
  const release = releaseOf(suite, signed);
  return {
    suite,
    directory: suiteDirectory(suite),
    release,
    signed,
    served,
    published: await publishedDocuments(run, suite, served, signed),
  };
}

/**
 * Reads a signed text as the Release of a suite.
 *
 * The only place where the engine parses a Release: it takes {@link SignedText} and nothing else.
 *
 * @throws SyncError ERR_SYNC_BAD_RELEASE when it is no Release, or lists no files
 */
export function releaseOf(suite: string, signed: SignedText): Release {
  try {
    const release = parseRelease(signed.text);
    if (release.files.size > 0) return release;
  } catch (cause) {
    if (!(cause instanceof Deb822Error)) throw cause;
    const message = `${suite}: the Release cannot be read: ${cause.message}`;
    throw new SyncError("ERR_SYNC_BAD_RELEASE", message, { suite, cause });
  }
  throw new SyncError("ERR_SYNC_BAD_RELEASE", `${suite}: the Release lists no files`, { suite });
}

/**
 * Verifies what was served for a suite, and tells whose signature counted.
 *
 * @throws VerifyError when none counts
 */
export async function verifyServed(
  run: Run,
  suite: string,
  { documents }: ReleaseDocuments,
): Promise<SignedText> {
  const { trust } = run.spec;
  const bodies = bodiesOf(documents);
  if (!trust.check) {
    run.warn("WARN_SYNC_UNVERIFIED", `${suite}: signatures are not checked (no_pgp_check)`);
    return acceptDocumentsUnverified(suite, bodies);
  }
  const signed = await verifyDocuments(suite, bodies, () => trust.keyring(), policy(run));
  for (const warning of signed.warnings) {
    run.warn("WARN_SYNC_SIGNATURE", warning.message);
  }
  for (const { fingerprint, userId, file } of signed.signatures) {
    run.emit({ type: "signature-valid", suite, fingerprint, userId, keyring: file });
  }
  return signed;
}

/** The bytes of Release files by their names. */
export function bodiesOf(documents: ReleaseDocuments["documents"]): DocumentBodies {
  return Object.fromEntries(Object.entries(documents).map(([name, { body }]) => [name, body]));
}

function policy(run: Run) {
  const { trust, freshness } = run.spec;
  return {
    now: run.ports.now(),
    maxFuture: freshness.maxFuture,
    ...(trust.check && trust.fingerprints.length > 0 ? { fingerprints: trust.fingerprints } : {}),
  };
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The files to publish: what was verified, and beside an InRelease the pair only if it says the
 * same and its signature counts too, so that no client sees another generation.
 */
async function publishedDocuments(
  run: Run,
  suite: string,
  { documents }: ReleaseDocuments,
  signed: SignedText,
): Promise<PublishedDocument[]> {
  const { InRelease: inRelease, Release: release, "Release.gpg": signature } = documents;
  const now = run.ports.now();
  const published: PublishedDocument[] = [];
  if (inRelease) published.push(publishedDocument("InRelease", inRelease, now));
  if (!release) return published;
  if (inRelease && utf8.decode(release.body) !== signed.text) {
    run.warn(
      "WARN_SYNC_RELEASE_PAIR_LEFT_OUT",
      `${suite}: Release says something else than InRelease; only InRelease is published`,
    );
    return published;
  }
  published.push(publishedDocument("Release", release, now));
  if (signature && (!inRelease || (await pairCounts(run, suite, release, signature)))) {
    published.push(
      publishedDocument(
        "Release.gpg",
        signature,
        now,
        armorSignature(signature.body, suiteDirectory(suite)),
      ),
    );
  }
  return published;
}

async function pairCounts(
  run: Run,
  suite: string,
  release: ReleaseDocument,
  signature: ReleaseDocument,
): Promise<boolean> {
  const { trust } = run.spec;
  if (!trust.check) return true;
  try {
    const place = suiteDirectory(suite);
    await verifyDetached(release.body, signature.body, await trust.keyring(), policy(run), place);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    run.warn("WARN_SYNC_RELEASE_PAIR_LEFT_OUT", `Release.gpg is not published: ${reason}`);
    return false;
  }
}

/** A served file as the tree will hold it, with `bytes` in place of its own where they are given. */
export function publishedDocument(
  name: PublishedDocument["name"],
  served: ReleaseDocument,
  now: Date,
  bytes: Uint8Array = served.body,
): PublishedDocument {
  return {
    name,
    bytes,
    sha256: sha256Of(bytes),
    lastModified: servedTime(served.lastModified, now),
  };
}
