import type { SealedTree } from "@mirror/snapshot";
import { factsOf, type SuiteFacts } from "./facts.js";
import { isFrozen } from "./frozen.js";
import { readIssued } from "./issued.js";
import type { RetentionPolicy } from "./prune-snapshots.js";
import { clearPartial, type Holder, sweepSuperseded } from "./publish.js";
import type { SyncReport } from "./report.js";
import { isResignDue } from "./resign-due.js";
import { type Run, startRun } from "./run.js";
import { readSeen, type Seen, writeSeen } from "./seen.js";
import { settingsDigest } from "./settings-digest.js";
import type { MirrorSpec, Sign, SyncPorts } from "./spec.js";
import { type Admit, admitInto } from "./store-space.js";
import { readSuites, type SuiteState, upstreamMoved } from "./suites.js";
import { unchangedReport } from "./sync-report.js";

/** Options of {@link sync}. */
export interface SyncOptions {
  /** Ends the run: what was fetched stays for the next one. */
  readonly signal?: AbortSignal;
  /** What lock files name as the holder; default `sync`. */
  readonly command?: string;
  /**
   * Build a new tree although nothing has changed, as if upstream had: everything is read and
   * verified again, and of the files what is as recorded is linked; default false.
   */
  readonly force?: boolean;
  /** Which snapshots may go where space lacks; none if not given. */
  readonly retention?: RetentionPolicy;
  /**
   * Links beside `latest`, one for each top-level directory of what it shows; default true.
   * `reserved` are names of pointers to come, which no link gets.
   */
  readonly links?: boolean | { readonly reserved: readonly string[] };
}

/** How often a run begins anew because upstream changed under it. */
const RESTARTS = 3;

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
  if (spec.sign && spec.indices.pdiffs)
    throw new TypeError("pdiffs lead to indices that a Release of the mirror's own does not list");
  const run = startRun(spec, ports, options.signal);
  const { collection } = ports;
  const started = ports.now();
  const holder: Holder = {
    command: options.command ?? "sync",
    since: started,
    ...reservedNames(options.links ?? true),
  };
  const admit = admitInto(run, holder, options.retention);
  run.emit({ type: "sync-started" });
  collection.prepare();
  // Found out after the downloads, it would cost them again at every run.
  collection.checkSwap("latest");
  for (let restarts = 0; ; restarts += 1) {
    const latest = collection.latest();
    const seen = readSeen(collection);
    const suites = await readSuites(run, latest, seen);
    try {
      const standing = { latest, seen, suites, started, holder, admit };
      return await bringUpToDate(run, standing, options.force ?? false);
    } catch (error) {
      // An index or a package that has gone is no fault where a new Release has come meanwhile.
      if (restarts === RESTARTS || !(await upstreamMoved(run, suites))) throw error;
      run.restart();
    }
  }
}

function reservedNames(links: boolean | { reserved: readonly string[] }): Partial<Holder> {
  if (links === false) return {};
  return { reserved: links === true ? [] : links.reserved };
}

/** Where a run stands once upstream's Releases are known. */
interface Standing {
  readonly latest: SealedTree | undefined;
  readonly seen: Seen | undefined;
  readonly suites: readonly SuiteState[];
  readonly started: Date;
  readonly holder: Holder;
  readonly admit: Admit;
}

async function bringUpToDate(
  run: Run,
  { latest, seen, suites, started, holder, admit }: Standing,
  force: boolean,
): Promise<SyncReport> {
  if (latest && !force && isUnchanged(run, latest, suites)) {
    await clearUp(run, holder);
    remember(run, seen, suites);
    return unchangedReport(run, latest, started);
  }
  // What plans and builds is loaded for what is new: most runs find nothing.
  const { renewTree } = await import("./renew-tree.js");
  const report = await renewTree(run, { latest, suites, started, holder, admit });
  await clearUp(run, holder);
  remember(run, seen, suites);
  return report;
}

/** Comes before anything is recorded: a full disk must not keep a sync from freeing it. */
async function clearUp(run: Run, holder: Holder): Promise<void> {
  await sweepSuperseded(run, holder);
  clearPartial(run.ports.collection, new Set());
}

/** Nothing upstream, nothing in the settings, and the Release still counts. */
function isUnchanged(run: Run, latest: SealedTree, suites: readonly SuiteState[]): boolean {
  const facts = factsOf(latest);
  if (!facts || suites.some(({ changed }) => changed)) return false;
  if (facts.settings !== settingsDigest(run.spec)) return false;
  const now = run.ports.now();
  const { sign } = run.spec;
  if (sign && facts.suites.some((suite) => isDue(run, sign, suite))) return false;
  const asked = facts.suites.filter(({ suite }) => !isFrozen(run.spec, suite));
  if (asked.some(({ lacksIndices }) => lacksIndices)) return false;
  const expired = ({ validUntil, resigned }: SuiteFacts) =>
    Date.parse((resigned ? resigned.upstreamValidUntil : validUntil) ?? "") < now.getTime();
  return !(run.spec.freshness.checkValidUntil && asked.some(expired));
}

function isDue({ ports }: Run, { validFor }: Sign, suite: SuiteFacts): boolean {
  const issued = readIssued(ports.collection)[suite.suite];
  return isResignDue(suite, { now: ports.now(), validFor, issued });
}

/** A suite that is not configured now keeps its entry: it may come back, and must not go back. */
function remember(run: Run, before: Seen | undefined, suites: readonly SuiteState[]): void {
  const current = Object.fromEntries(suites.map((state) => [state.suite, state.seen]));
  writeSeen(run.ports.collection, {
    checked: run.ports.now().toISOString(),
    suites: { ...before?.suites, ...current },
  });
}
