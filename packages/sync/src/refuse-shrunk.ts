import { type SealedTree, SnapshotError } from "@mirror/snapshot";
import { countPackages, type TreeCounts } from "./count-packages.js";
import { SyncError } from "./error.js";
import { filtersDigest } from "./filter-report.js";
import { indexFacts, type PlannedPackages } from "./index-facts.js";
import { planShrink } from "./plan-shrink.js";
import type { SuiteRelease } from "./release.js";
import { indexReader, type Run } from "./run.js";
import type { MirrorSpec } from "./spec.js";

/**
 * Refuses a plan that loses more of the packages of the present tree than the mirror may lose at
 * once, before anything of its pool is fetched.
 *
 * @throws SyncError ERR_SYNC_SHRUNK
 */
export async function refuseShrunk(
  run: Run,
  latest: SealedTree | undefined,
  releases: readonly SuiteRelease[],
  plan: PlannedPackages,
): Promise<void> {
  const { maxShrink } = run.spec;
  if (maxShrink === undefined || !latest) return;
  const present = await countPresent(run, latest);
  const shrinkage =
    present && planShrink(present, plannedCounts(run.spec, releases, plan), maxShrink);
  if (!shrinkage) return;
  const { message, ...facts } = shrinkage;
  throw new SyncError("ERR_SYNC_SHRUNK", message, facts);
}

/** Nothing where the present tree is damaged: what mends it must not be refused for that. */
async function countPresent(run: Run, latest: SealedTree): Promise<TreeCounts | undefined> {
  try {
    return await countPackages(latest, indexReader(run));
  } catch (error) {
    run.signal?.throwIfAborted();
    if (error instanceof SnapshotError || error instanceof SyncError) return undefined;
    throw error;
  }
}

function plannedCounts(
  spec: MirrorSpec,
  releases: readonly SuiteRelease[],
  plan: PlannedPackages,
): TreeCounts {
  const groups = releases.flatMap((release) =>
    indexFacts(release, plan).map(({ component, architecture, stanzas, leftOut }) => ({
      suite: release.suite,
      component,
      architecture,
      packages: stanzas,
      ...(leftOut ? { leftOut: leftOut.files } : {}),
    })),
  );
  return {
    groups,
    suites: spec.suites.map((suite) => ({ suite })),
    components: spec.components,
    architectures: spec.architectures,
    sources: spec.sources,
    ...(plan.filtered && spec.filters ? { filters: filtersDigest(spec.filters) } : {}),
  };
}
