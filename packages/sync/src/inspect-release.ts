import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "@mirror/deb822";
import { acceptUnverified, type Keyring, type SignedText, VerifyError } from "@mirror/verify";
import { reasonOf } from "./content-check.js";
import { DOCUMENT_NAMES, type DocumentName } from "./document-name.js";
import { SyncError } from "./error.js";
import type { SuiteFacts } from "./facts.js";
import type { Inspection } from "./inspection.js";
import { isOfProcess } from "./is-of-process.js";
import { keyFault } from "./key-fault.js";
import { releaseOf } from "./release.js";
import { upstreamDocuments } from "./resigned-layout.js";
import { sha256Of } from "./sha256-of.js";
import {
  acceptDocumentsUnverified,
  type DocumentBodies,
  verifyDocuments,
} from "./verify-documents.js";

const MAX_FUTURE = 10_000;

/** The Release files of a suite in a tree, and whose signature they have. */
export interface SignedDocuments {
  readonly suite: string;
  /** In the tree; ends in `/` or is empty. */
  readonly directory: string;
  /** By name, with their SHA256. */
  readonly documents: Readonly<Record<string, string>>;
  /** ISO 8601: when the signature was good; absent where it was not looked at. */
  readonly verified?: string | undefined;
  readonly keyring?: Keyring | undefined;
  /** If not empty, only these primary keys count. */
  readonly fingerprints?: readonly string[] | undefined;
}

/** What upstream signed: the Release files that clients get, or those beside them. */
export function upstreamSigned({ options }: Inspection, facts: SuiteFacts): SignedDocuments {
  const { keyring, fingerprints } = options;
  const { suite, verified } = facts;
  return { suite, ...upstreamDocuments(facts), verified, keyring, fingerprints };
}

/**
 * A Release as the tree holds it: its files as the manifest says, their signatures good, and all
 * saying the same. Undefined where none may be read.
 *
 * A signature whose key has been removed or revoked since is a warning: the bytes are those that
 * were verified when the tree was made. Bytes that differ are a problem, and nothing of them is read.
 */
export async function inspectRelease(
  inspection: Inspection,
  suite: SignedDocuments,
): Promise<Release | undefined> {
  const bodies = readBodies(inspection, suite);
  const { InRelease: inRelease, ...pair } = bodies;
  const first =
    inRelease && (await signedText(inspection, suite, "InRelease", { InRelease: inRelease }));
  const signed = pair["Release.gpg"] || !isChecked(suite);
  const second =
    pair.Release && signed && (await signedText(inspection, suite, "Release.gpg", pair));
  comparePair(inspection, suite, first ?? undefined, bodies);
  const text = first ?? second;
  if (!text) return undefined;
  try {
    return releaseOf(suite.suite, text);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    inspection.passOn(error, documentPath(suite, inRelease ? "InRelease" : "Release"));
    return undefined;
  }
}

function readBodies(inspection: Inspection, suite: SignedDocuments): DocumentBodies {
  const bodies: Partial<Record<DocumentName, Uint8Array>> = {};
  let known = 0;
  for (const name of DOCUMENT_NAMES) {
    if (!Object.hasOwn(suite.documents, name)) continue;
    known += name === "Release.gpg" ? 0 : 1;
    const path = documentPath(suite, name);
    const recorded = inspection.files.get(path);
    if (!recorded || recorded.sha256 !== suite.documents[name]) {
      const what = "the manifest does not hold the Release file that the tree was made with";
      inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", path, what);
    } else if (!inspection.isBroken(path)) {
      const bytes = readDocument(inspection, path, recorded.size);
      if (bytes && isRecorded(inspection, path, bytes, recorded.sha256)) bodies[name] = bytes;
    }
  }
  if (known === 0) {
    inspection.problem("ERR_SYNC_NO_RELEASE", "", `${suite.suite}: the tree has no Release file`);
  }
  return bodies;
}

function isRecorded(
  inspection: Inspection,
  path: string,
  bytes: Uint8Array,
  expected: string,
): boolean {
  const found = sha256Of(bytes);
  if (found === expected) return true;
  const what = `SHA256 mismatch, expected ${expected}, got ${found}`;
  inspection.problem("ERR_SYNC_TREE_WRONG_CONTENT", path, what, { expected, found });
  return false;
}

/** The bytes of a small file of the tree, as long as its manifest says; undefined, and a problem, if not. */
export function readDocument(
  { tree, problem }: Inspection,
  path: string,
  size: number,
): Uint8Array | undefined {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(join(tree.path, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      if (fstatSync(fd).size !== size) throw new Error("changed while it was looked at");
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isOfProcess(error)) throw error;
    problem("ERR_SYNC_TREE_UNREADABLE", path, reasonOf(error));
    return undefined;
  }
}

async function signedText(
  inspection: Inspection,
  suite: SignedDocuments,
  name: DocumentName,
  bodies: DocumentBodies,
): Promise<SignedText | undefined> {
  const { keyring, fingerprints } = suite;
  const { now, maxFuture = MAX_FUTURE } = inspection.options;
  const path = documentPath(suite, name);
  try {
    if (!keyring || suite.verified === undefined) {
      const why = keyring ? "the tree was made without checking them" : "there is no keyring";
      const message = `${suite.suite}: signatures are not checked, ${why}`;
      inspection.warn({ code: "WARN_SYNC_UNVERIFIED", suite: suite.suite, message });
      return acceptDocumentsUnverified(suite.suite, bodies);
    }
    const policy = { now, maxFuture, ...(fingerprints ? { fingerprints } : {}) };
    const signed = await verifyDocuments(suite.suite, bodies, async () => keyring, policy);
    for (const { message } of signed.warnings) {
      inspection.warn({ code: "WARN_SYNC_SIGNATURE", suite: suite.suite, path, message });
    }
    return signed;
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    const code = keyFault(error);
    if (code === undefined) {
      inspection.passOn(error, path);
      return undefined;
    }
    const message = `${error.message} (it was good when the tree was made, ${suite.verified})`;
    inspection.warn({ code, suite: suite.suite, message });
    // Byte for byte what was verified then, by the manifest.
    return acceptDocumentsUnverified(suite.suite, bodies);
  }
}

/** A client that takes another of the files must see the same Release. */
function comparePair(
  inspection: Inspection,
  suite: SignedDocuments,
  first: SignedText | undefined,
  { Release: release }: DocumentBodies,
): void {
  if (!first || !release) return;
  if (acceptUnverified(release, "plain", suite.directory).text === first.text) return;
  const path = documentPath(suite, "Release");
  inspection.problem("ERR_SYNC_TREE_RELEASES_DIFFER", path, "says something else than InRelease");
}

/** Warns of a Release that clients find expired. */
export function judgeDate(inspection: Inspection, suite: string, { validUntil }: Release): void {
  if (!validUntil || validUntil.getTime() >= inspection.options.now.getTime()) return;
  const message = `${suite}: the Release was valid until ${validUntil.toISOString()}`;
  inspection.warn({ code: "WARN_SYNC_EXPIRED_RELEASE", suite, message });
}

function isChecked({ keyring, verified }: SignedDocuments): boolean {
  return keyring !== undefined && verified !== undefined;
}

function documentPath({ directory }: SignedDocuments, name: DocumentName): string {
  return directory + name;
}
