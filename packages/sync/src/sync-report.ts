import type { SealedTree } from "@mirror/snapshot";
import type { BuiltTree } from "./build-tree.js";
import { factsOf, type SuiteFacts } from "./facts.js";
import { countsOf } from "./filter-report.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { SuiteReport, SyncReport } from "./report.js";
import type { Run } from "./run.js";
import { newDocuments, type SuiteState } from "./suites.js";

/** The report of a run that found nothing new. */
export function unchangedReport(run: Run, latest: SealedTree, started: Date): SyncReport {
  const { created, files, bytes } = latest.header();
  const facts = factsOf(latest);
  const since = new Date(created);
  run.emit({ type: "unchanged", since });
  return {
    id: run.spec.id,
    outcome: "unchanged",
    generation: latest.generation,
    since,
    started,
    finished: run.ports.now(),
    suites: (facts?.suites ?? []).map(suiteReport),
    packages: facts?.packages ?? 0,
    tree: { files, bytes },
    downloaded: { files: 0, bytes: 0 },
    reused: { files, bytes },
    carried: facts?.carried ?? { files: 0, bytes: 0 },
    ...(facts?.filters ? { filters: countsOf(facts.filters) } : {}),
    pruned: run.pruned,
    warnings: run.warnings,
  };
}

/** The report of a run that published a new tree. */
export function changedReport(
  run: Run,
  tree: SealedTree,
  plan: MirrorPlan,
  { downloaded, reused, carried }: BuiltTree,
  suites: readonly SuiteState[],
  started: Date,
): SyncReport {
  const { created, files, bytes } = tree.header();
  const documents = newDocuments(suites, plan.releases);
  return {
    id: run.spec.id,
    outcome: "changed",
    generation: tree.generation,
    since: new Date(created),
    started,
    finished: run.ports.now(),
    suites: (factsOf(tree)?.suites ?? []).map(suiteReport),
    packages: factsOf(tree)?.packages ?? 0,
    tree: { files, bytes },
    downloaded: {
      files: downloaded.files + documents.length,
      bytes: documents.reduce((sum, { bytes: { length } }) => sum + length, downloaded.bytes),
    },
    reused: { files: reused.files, bytes: reused.bytes },
    carried,
    ...(plan.filtered ? { filters: plan.filtered.report } : {}),
    pruned: run.pruned,
    warnings: run.warnings,
  };
}

/** One suite of a tree's facts, as reports have it. */
export function suiteReport({
  suite,
  release,
  validUntil,
  signedBy,
  resigned,
}: SuiteFacts): SuiteReport {
  const { codename, date } = release;
  return {
    suite,
    ...(codename === undefined ? {} : { codename }),
    ...(date === undefined ? {} : { date: new Date(date) }),
    ...(validUntil === undefined ? {} : { validUntil: new Date(validUntil) }),
    signedBy,
    ...(resigned ? { resigned: { by: resigned.by, date: new Date(resigned.date) } } : {}),
  };
}
