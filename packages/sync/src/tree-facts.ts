import type { BuiltTree } from "./build-tree.js";
import type { IndexFacts, SuiteFacts, TreeFacts } from "./facts.js";
import { filterFacts } from "./filter-report.js";
import { indexFacts } from "./index-facts.js";
import { type MirrorPlan, topDirectories } from "./prepare-mirror.js";
import type { ResignedSuite } from "./publish-resigned.js";
import type { SuiteRelease } from "./release.js";
import { identityOf } from "./release-identity.js";
import type { Run } from "./run.js";
import { scopeDigest } from "./scope-digest.js";
import { settingsDigest } from "./settings-digest.js";

/** What the manifest of a new tree says it was made with. */
export function treeFacts(
  run: Run,
  plan: MirrorPlan,
  { ignoredMissing, carried, resigned }: BuiltTree,
  traces: readonly string[],
): TreeFacts {
  const { spec } = run;
  const verified = run.ports.now().toISOString();
  return {
    kind: "apt",
    settings: settingsDigest(spec),
    scope: scopeDigest(spec),
    suites: plan.releases.map((release) => {
      const own = resigned?.get(release.suite);
      return {
        ...suiteFacts(release, own, verified),
        ...(plan.lacking.has(release.suite) ? { lacksIndices: true as const } : {}),
        indices: indexFacts(release, plan).map((index) => asPublished(index, own)),
      };
    }),
    components: spec.components,
    architectures: spec.architectures,
    sources: spec.sources,
    packages: [...plan.stanzas.values()].reduce((sum, count) => sum + count, 0),
    topDirectories: topDirectories(plan, traces),
    ignoredMissing,
    ...(plan.filtered && spec.filters
      ? { filters: filterFacts(plan.filtered.report, spec.filters) }
      : {}),
    ...(traces.length === 0 ? {} : { traces }),
    carried,
  };
}

function suiteFacts(
  suite: SuiteRelease,
  own: ResignedSuite | undefined,
  verified: string,
): SuiteFacts {
  const { validUntil } = own ?? suite.release;
  const { signed, served, published, carried } = suite;
  const verbatim = Object.fromEntries(published.map(({ name, sha256 }) => [name, sha256]));
  const judged = {
    signedBy: signed.signatures.map(({ fingerprint }) => fingerprint),
    ...(signed.verified ? { verified } : {}),
  };
  return {
    suite: suite.suite,
    directory: suite.directory,
    release: identityOf(suite.release),
    ...(validUntil === undefined ? {} : { validUntil: validUntil.toISOString() }),
    documents: own?.documents ?? verbatim,
    upstream: Object.fromEntries(
      Object.entries(served.documents).map(([name, { sha256 }]) => [name, sha256]),
    ),
    // Bytes that were verified once are those still, whatever has become of their key.
    ...(carried && !signed.verified ? verdictOf(carried) : judged),
    ...(own ? { resigned: own.facts } : {}),
  };
}

function verdictOf({ signedBy, verified }: SuiteFacts): Pick<SuiteFacts, "signedBy" | "verified"> {
  return { signedBy, ...(verified === undefined ? {} : { verified }) };
}

/** An index that lists only what the tree holds leaves nothing out. */
function asPublished(
  { leftOut, ...index }: IndexFacts,
  own: ResignedSuite | undefined,
): IndexFacts {
  const published = own?.indices.get(index.name);
  if (!published) return { ...index, ...(leftOut === undefined ? {} : { leftOut }) };
  const { stanzas, ...rewritten } = published;
  return { ...index, stanzas, rewritten };
}
