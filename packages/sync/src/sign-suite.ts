import { distinctTime } from "./distinct-time.js";
import { type ResignedFacts, suiteFactsOf } from "./facts.js";
import { readIssued } from "./issued.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { Resigning } from "./publish-resigned.js";
import type { SuiteRelease } from "./release.js";
import { releaseTerm } from "./release-term.js";
import { isResignDue } from "./resign-due.js";
import { formatResignedRelease, type ResignedFile } from "./resigned-release.js";
import type { Run } from "./run.js";
import { sha256Of } from "./sha256-of.js";
import { isFlat } from "./suite-path.js";
import { isAsRecorded } from "./tree-source.js";
import { writeSignedRelease } from "./write-signed-release.js";

/** A suite under a Release of the mirror's own. */
export interface SignedSuite {
  /** Published Release files by name, with their SHA256. */
  readonly documents: Readonly<Record<string, string>>;
  readonly validUntil?: Date;
  readonly facts: ResignedFacts;
}

/**
 * Lists these files in a Release of the mirror's own, signs it, and puts it into the tree. One that
 * would say the same as the one before is kept: clients have it already.
 *
 * @throws VerifyError ERR_VERIFY_SIGNING_KEY_*; SyncError ERR_SYNC_BAD_RELEASE
 */
export async function signSuite(
  run: Run,
  { present }: MirrorPlan,
  { suite, directory, release, published }: SuiteRelease,
  files: readonly ResignedFile[],
  { sign, key, builder, placer, latest }: Resigning,
): Promise<SignedSuite> {
  const { spec, ports } = run;
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const format = (date: Date, validUntil: Date | undefined) =>
    formatResignedRelease(suite, release, {
      date,
      validUntil,
      components: isFlat(suite) ? [] : spec.components,
      architectures: spec.architectures,
      byHash: spec.byHash !== "no",
      files: sorted,
    });
  const facts = (date: Date): ResignedFacts => ({
    by: key.fingerprint,
    date: date.toISOString(),
    upstreamDocuments: Object.fromEntries(published.map(({ name, sha256 }) => [name, sha256])),
    ...(release.validUntil ? { upstreamValidUntil: release.validUntil.toISOString() } : {}),
  });
  const before = suiteFactsOf(latest, suite);
  const now = ports.now();
  const issued = readIssued(ports.collection)[suite];
  const { validFor } = sign;
  const serves = before && !isResignDue(before, { now, validFor, issued });
  if (serves && before.resigned?.by === key.fingerprint) {
    const date = new Date(before.resigned.date);
    const validUntil = before.validUntil === undefined ? undefined : new Date(before.validUntil);
    const same = sha256Of(Buffer.from(format(date, validUntil))) === before.documents.Release;
    const held = Object.keys(before.documents).map((name) => present.get(directory + name));
    if (same && held.every((file) => file && latest && isAsRecorded(latest, file))) {
      for (const file of held) if (file) placer.link(file);
      return { documents: before.documents, facts: facts(date), ...(validUntil && { validUntil }) };
    }
  }
  const term = releaseTerm(now, [before?.resigned?.date, issued], validFor);
  const text = format(term.date, term.validUntil);
  const time = (file: { path: string; sha256: string }) => distinctTime(present, file, term.date);
  const documents = await writeSignedRelease(text, key, term, builder, directory, time);
  run.emit({ type: "release-signed", suite, fingerprint: key.fingerprint });
  const { validUntil } = term;
  return { documents, facts: facts(term.date), ...(validUntil && { validUntil }) };
}
