import type { SealedTree } from "@mirror/snapshot";
import { type SignedText, VerifyError } from "@mirror/verify";
import type { DocumentName } from "./document-name.js";
import { SyncError } from "./error.js";
import { type SuiteFacts, suiteFactsOf } from "./facts.js";
import { keyFault } from "./key-fault.js";
import {
  bodiesOf,
  publishedDocument,
  releaseOf,
  type SuiteRelease,
  verifyServed,
} from "./release.js";
import {
  documentsOfTree,
  type ReleaseDocument,
  type ReleaseDocuments,
} from "./release-documents.js";
import { upstreamDocuments } from "./resigned-layout.js";
import type { Run } from "./run.js";
import type { SuiteSeen } from "./seen.js";
import type { SuiteState } from "./suites.js";
import { acceptDocumentsUnverified } from "./verify-documents.js";

/**
 * A frozen suite as the present tree has it; upstream is not asked.
 *
 * @throws SyncError ERR_SYNC_FROZEN_NOT_HELD
 */
export function frozenSuite(
  run: Run,
  suite: string,
  latest: SealedTree | undefined,
  seen: SuiteSeen | undefined,
): SuiteState {
  const facts = suiteFactsOf(latest, suite);
  if (!latest || !facts || !seen) {
    const message = `${suite}: frozen, but latest does not hold it yet: it can only stay as it was synced before`;
    throw new SyncError("ERR_SYNC_FROZEN_NOT_HELD", message, { suite });
  }
  // For how long upstream has been older is not known of a time in which it was not asked.
  const { olderSince: _unknown, ...known } = seen;
  const release = () => carriedRelease(run, latest, facts, known);
  return { suite, changed: false, seen: known, release };
}

/** The error for a file of a frozen suite that is not what it was when its tree was sealed. */
export function frozenDamaged(suite: string, path: string): SyncError {
  const message = `${path}: not as the manifest of latest says, and ${suite} is frozen: upstream is not asked for it`;
  return new SyncError("ERR_SYNC_FROZEN_DAMAGED", message, { suite, path });
}

async function carriedRelease(
  run: Run,
  latest: SealedTree,
  facts: SuiteFacts,
  seen: SuiteSeen,
): Promise<SuiteRelease> {
  const { suite, directory } = facts;
  const served = documentsOfTree(latest, facts, seen);
  if (!served) {
    const signed = upstreamDocuments(facts);
    throw frozenDamaged(suite, signed.directory + Object.keys(signed.documents).join(", "));
  }
  const signed = await verifyCarried(run, facts, served);
  const now = run.ports.now();
  const documents = Object.entries(served.documents) as [DocumentName, ReleaseDocument][];
  return {
    suite,
    directory,
    release: releaseOf(suite, signed),
    signed,
    served,
    published: documents.map(([name, document]) => publishedDocument(name, document, now)),
    carried: facts,
  };
}

/** A key that has been removed, revoked or expired since does not make old bytes other ones. */
async function verifyCarried(
  run: Run,
  { suite, verified }: SuiteFacts,
  served: ReleaseDocuments,
): Promise<SignedText> {
  try {
    return await verifyServed(run, suite, served);
  } catch (error) {
    const fault =
      verified !== undefined && error instanceof VerifyError ? keyFault(error) : undefined;
    if (fault === undefined || !(error instanceof Error)) throw error;
    run.warn(fault, `${error.message} (it was good when ${suite} was synced, ${verified})`);
    return acceptDocumentsUnverified(suite, bodiesOf(served.documents));
  }
}
