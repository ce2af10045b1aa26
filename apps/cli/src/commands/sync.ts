import type { MirrorConfig } from "@mirror/config";
import pLimit from "p-limit";
import { commandLine } from "../command-text.js";
import { openLog, readConfiguration } from "../configuration.js";
import { productionOf } from "../environments.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { INSECURE } from "../insecure.js";
import { authoritiesOf, type MirrorJob, prepareJobs, preparing } from "../mirror-job.js";
import { collectionOf } from "../open-mirrors.js";
import { type Outcome, outcomeToJson, reportsOf } from "../outcome.js";
import { becomeOwner, requireWriter } from "../owner.js";
import { printDocument } from "../render/document.js";
import { logError } from "../render/failure.js";
import type { Log } from "../render/log.js";
import { openDisplay } from "../render/sync-display.js";
import { logRunSummary, logSyncReport } from "../render/sync-lines.js";
import { openScratch } from "../scratch.js";
import { selectMirrors } from "../select-mirrors.js";
import { stopped } from "../stopped.js";
import { type MirrorReport, syncMirror } from "../sync-mirror.js";
import { openShared, type Shared } from "../sync-ports.js";
import { whoAmI } from "../who.js";

/**
 * Syncs the mirrors named, or all, or says what a sync would do (`--dry-run`). One that
 * fails stops no other.
 * @returns The exit status: 1 if any failed.
 */
export async function syncMirrors(words: Words, flags: Flags, host: Host): Promise<number> {
  const who = whoAmI(host);
  const config = await readConfiguration(flags, host);
  const selected = await selectMirrors(config.mirrors, words.positionals.ids ?? []);
  const mirrors = words.switches.has("allow-shrink") ? selected.map(mayShrink) : selected;
  const log = openLog(config, flags, host, mirrors.length > 1);
  const jobs = await prepareJobs(mirrors);
  const authorities = await authoritiesOf(mirrors, host);
  for (const { id, tls } of mirrors) if (tls.insecureSkipVerify) log.warn(INSECURE, { mirror: id });
  becomeOwner(config.dir);
  if (!flags.dryRun) requireWriter(config.dir, commandLine("sync", words, flags, host));

  const { reuse = [] } = words.lists;
  const takeover = {
    directories: reuse.length > 0 ? (await import("../reuse.js")).openReuse(reuse) : [],
    replaceLink: words.switches.has("replace-link"),
  };

  const started = host.now();
  const display = await openDisplay({ log, mirrors, flags, host });
  const shared = openShared(config, host, authorities, takeover, display.listen);
  const each = <Report>(work: (job: MirrorJob) => Promise<Report>): Promise<Outcome<Report>[]> => {
    const limit = pLimit(config.parallel);
    return Promise.all(jobs.map((job) => limit(() => attempt(job, work))));
  };
  const attempt = async <Report>(
    job: MirrorJob,
    work: (job: MirrorJob) => Promise<Report>,
  ): Promise<Outcome<Report>> => {
    const { id } = job.mirror;
    try {
      host.signal.throwIfAborted();
      return { id, report: await work(job) };
    } catch (thrown) {
      const error = stopped(host.signal, thrown);
      const doing = preparing(job) ?? display.doing(id);
      display.finish(id);
      logError(log, error, { mirror: id, doing, verbose: flags.verboseErrors });
      return { id, error, doing };
    }
  };

  try {
    if (flags.dryRun) {
      // What plans is loaded for what there is to plan: most syncs find nothing.
      const { dryRunMirror } = await import("../dry-run-mirror.js");
      const { finishDryRun } = await import("../finish-dry-run.js");
      using scratch = openScratch(host);
      const outcomes = await each((job) => dryRunMirror(job, shared, scratch.path));
      display.close();
      return finishDryRun(outcomes, { dir: config.dir, flags, host, log });
    }
    const outcomes = await each(async (job) => {
      const locking = { command: "sync", wait: flags.wait, host, log };
      const synced = await syncMirror(job, shared, {
        ...locking,
        who,
        force: words.switches.has("force"),
        allowShrink: words.switches.has("allow-shrink"),
        onSynced(report) {
          display.finish(job.mirror.id);
          logSyncReport(log, report);
        },
      });
      sayNothingShown(log, job.mirror, shared);
      return synced;
    });
    display.close();
    if (mirrors.length > 1)
      logRunSummary(log, reportsOf(outcomes), mirrors.length, started, host.now());
    return finishSync(outcomes, flags, host);
  } finally {
    display.close();
  }
}

/** A mirror that may lose whatever it loses, for once. */
function mayShrink(mirror: MirrorConfig): MirrorConfig {
  return { ...mirror, maxShrink: 1 };
}

/** A mirror whose clients see nothing of all this yet. */
function sayNothingShown(log: Log, mirror: MirrorConfig, { store }: Shared): void {
  if (!mirror.snapshot.automatic) return;
  try {
    if (collectionOf(store, mirror).resolve(productionOf(mirror)) !== undefined) return;
  } catch {
    // What is wrong with the pointer, "status" and "promote" say.
    return;
  }
  const hint = `mirrorctl snapshot ${mirror.publishToStaging ? "promote" : "publish"} ${mirror.id}`;
  log.info(`Production shows nothing yet: ${hint}${mirror.publishToStaging ? "" : " NAME"}`, {
    mirror: mirror.id,
  });
}

function finishSync(outcomes: readonly Outcome<MirrorReport>[], flags: Flags, host: Host): number {
  const ok = outcomes.every((outcome) => "report" in outcome);
  if (flags.json) {
    printDocument(host.stdout, "sync", { ok, dryRun: false, mirrors: outcomes.map(outcomeToJson) });
  }
  return ok ? 0 : 1;
}
