import type { SealedTree } from "@mirror/snapshot";
import { type BuiltTree, buildTree } from "./build-tree.js";
import { factsOf, type SuiteFacts, type TreeFacts } from "./facts.js";
import { type MirrorPlan, prepareMirror, topDirectories } from "./prepare-mirror.js";
import {
  clearPartial,
  generationName,
  type Holder,
  sweepSuperseded,
  switchLatest,
} from "./publish.js";
import type { SuiteRelease } from "./release.js";
import { identityOf } from "./release-identity.js";
import type { SuiteReport, SyncReport } from "./report.js";
import { type Run, startRun } from "./run.js";
import { readSeen, type Seen, writeSeen } from "./seen.js";
import { settingsDigest } from "./settings-digest.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";
import { newDocuments, readSuites, type SuiteState } from "./suites.js";

/** Options of {@link sync}. */
export interface SyncOptions {
  /** Ends the run: what was fetched stays for the next one. */
  readonly signal?: AbortSignal;
  /** What lock files name as the holder; default `sync`. */
  readonly command?: string;
}

/**
 * Brings one mirror up to date and lets `latest` show the new tree, whole or not at all.
 *
 * The caller holds the collection's `sync` lock. Whatever fails before the new tree is sealed
 * leaves everything published as it was.
 *
 * @throws SyncError, VerifyError, FetchError, SnapshotError: see their codes
 *
 * @example
 * ```ts
 * const report = await sync(spec, ports);
 * console.log(report.outcome, report.downloaded.bytes);
 * ```
 */
export async function sync(
  spec: MirrorSpec,
  ports: SyncPorts,
  options: SyncOptions = {},
): Promise<SyncReport> {
  const run = startRun(spec, ports, options.signal);
  const { collection } = ports;
  const started = ports.now();
  const holder: Holder = { command: options.command ?? "sync", since: started };
  run.emit({ type: "sync-started" });
  collection.prepare();

  const latest = collection.latest();
  const seen = readSeen(collection);
  const suites = await readSuites(run, latest, seen);
  if (latest && isUnchanged(run, latest, suites)) {
    remember(run, seen, suites);
    await sweepSuperseded(run, holder);
    return unchangedReport(run, latest, started);
  }

  const releases = await Promise.all(suites.map((suite) => suite.release()));
  const scratch = collection.paths.partial;
  const plan = await prepareMirror(run, releases, latest, scratch);
  const builder = collection.newTree(generationName(started));
  let tree: SealedTree;
  let built: BuiltTree;
  try {
    built = await buildTree(run, plan, builder, latest, scratch);
    run.signal?.throwIfAborted();
    const facts = treeFacts(run, plan, built);
    tree = await builder.seal({ created: ports.now(), facts });
  } catch (error) {
    builder.discard();
    throw error;
  }
  await switchLatest(run, tree, holder);
  remember(run, seen, suites);
  clearPartial(collection);
  await sweepSuperseded(run, holder);
  return changedReport(run, tree, plan, built, suites, started);
}

/** Nothing upstream, nothing in the settings, and the Release still counts. */
function isUnchanged(run: Run, latest: SealedTree, suites: readonly SuiteState[]): boolean {
  const facts = factsOf(latest);
  if (!facts || suites.some(({ changed }) => changed)) return false;
  if (facts.settings !== settingsDigest(run.spec)) return false;
  const now = run.ports.now().getTime();
  const expired = ({ validUntil }: SuiteFacts) =>
    validUntil !== undefined && Date.parse(validUntil) < now;
  return !(run.spec.freshness.checkValidUntil && facts.suites.some(expired));
}

/** A suite that is not configured now keeps its entry: it may come back, and must not go back. */
function remember(run: Run, before: Seen | undefined, suites: readonly SuiteState[]): void {
  const current = Object.fromEntries(suites.map((state) => [state.suite, state.seen]));
  writeSeen(run.ports.collection, {
    checked: run.ports.now().toISOString(),
    suites: { ...before?.suites, ...current },
  });
}

function treeFacts(run: Run, plan: MirrorPlan, { ignoredMissing }: BuiltTree): TreeFacts {
  const { spec } = run;
  const verified = run.ports.now().toISOString();
  return {
    kind: "apt",
    settings: settingsDigest(spec),
    suites: plan.releases.map((release) => suiteFacts(release, verified)),
    components: spec.components,
    architectures: spec.architectures,
    sources: spec.sources,
    packages: plan.stanzas,
    topDirectories: topDirectories(plan),
    ignoredMissing,
  };
}

function suiteFacts(suite: SuiteRelease, verified: string): SuiteFacts {
  const { validUntil } = suite.release;
  const { signed, served, published } = suite;
  return {
    suite: suite.suite,
    directory: suite.directory,
    release: identityOf(suite.release),
    ...(validUntil === undefined ? {} : { validUntil: validUntil.toISOString() }),
    documents: Object.fromEntries(published.map(({ name, sha256 }) => [name, sha256])),
    upstream: Object.fromEntries(
      Object.entries(served.documents).map(([name, { sha256 }]) => [name, sha256]),
    ),
    signedBy: signed.signatures.map(({ fingerprint }) => fingerprint),
    ...(signed.verified ? { verified } : {}),
  };
}

function unchangedReport(run: Run, latest: SealedTree, started: Date): SyncReport {
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
    warnings: run.warnings,
  };
}

function changedReport(
  run: Run,
  tree: SealedTree,
  plan: MirrorPlan,
  { downloaded, reused }: BuiltTree,
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
    packages: plan.stanzas,
    tree: { files, bytes },
    downloaded: {
      files: downloaded.files + documents.length,
      bytes: documents.reduce((sum, { bytes: { length } }) => sum + length, downloaded.bytes),
    },
    reused: { files: reused.files, bytes: reused.bytes },
    warnings: run.warnings,
  };
}

function suiteReport({ suite, release, validUntil, signedBy }: SuiteFacts): SuiteReport {
  const { codename, date } = release;
  return {
    suite,
    ...(codename === undefined ? {} : { codename }),
    ...(date === undefined ? {} : { date: new Date(date) }),
    ...(validUntil === undefined ? {} : { validUntil: new Date(validUntil) }),
    signedBy,
  };
}
