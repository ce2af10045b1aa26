import type { Space } from "@mirror/snapshot";
import type { Phase, SyncEvent, SyncReport } from "@mirror/sync";
import { duration, time } from "./duration.js";
import { filterSummary } from "./filter-words.js";
import type { Log, LogFacts } from "./log.js";
import { count, logSize } from "./size.js";

/** Time between two Progress lines of one mirror, in ms. */
const INTERVAL = 10_000;

export interface SyncLinesOptions {
  readonly log: Log;
  /** Suites per mirror: where there are several, lines say which one they are about. */
  readonly suites: ReadonlyMap<string, number>;
  readonly dryRun: boolean;
  /** A live display shows progress instead of lines. */
  readonly live: boolean;
  now(): Date;
}

/** Turns events of the engine into log lines, one listener for all mirrors of a run. */
export function createSyncLines(options: SyncLinesOptions): (event: SyncEvent) => void {
  const { log } = options;
  const spoken = new Map<string, number>();
  return (event) => {
    const whose: LogFacts = { mirror: event.id };
    const several = (options.suites.get(event.id) ?? 1) > 1;
    switch (event.type) {
      case "sync-started":
        log.info(`Starting ${options.dryRun ? "dry run" : "sync"} for mirror: ${event.id}`, {
          ...whose,
          named: true,
        });
        return;
      case "release-requested":
        log.info(`Downloading Release file${several ? ` of ${event.suite}` : ""}`, {
          ...whose,
          facts: { suite: event.suite },
        });
        return;
      case "signature-valid":
        log.info(
          `PGP signature${several ? ` of ${event.suite}` : ""} valid - signed by key ` +
            `0x${event.fingerprint} (${event.userId}; ${event.keyring})`,
          {
            ...whose,
            facts: {
              suite: event.suite,
              fingerprint: event.fingerprint,
              userId: event.userId,
              keyring: event.keyring,
            },
          },
        );
        return;
      case "release-signed":
        log.info(
          `Release${several ? ` of ${event.suite}` : ""} signed by own key 0x${event.fingerprint}`,
          { ...whose, facts: { suite: event.suite, fingerprint: event.fingerprint } },
        );
        return;
      case "phase-started":
        spoken.set(event.id, options.now().getTime());
        if (event.work.files === 0) return;
        log.info(`${beginning(event.phase, event.work.files)} (${logSize(event.work.bytes)})`, {
          ...whose,
          facts: { phase: event.phase, ...event.work },
        });
        return;
      case "progress": {
        const now = options.now().getTime();
        if (options.live || now - (spoken.get(event.id) ?? 0) < INTERVAL) return;
        spoken.set(event.id, now);
        sayProgress(log, event);
        return;
      }
      case "phase-finished":
        if (!options.live && event.work.files > 0) sayProgress(log, event);
        return;
      case "directory-scanned": {
        const now = options.now().getTime();
        if (!event.finished && now - (spoken.get(event.id) ?? 0) < INTERVAL) return;
        spoken.set(event.id, now);
        const { directory, files } = event;
        const soFar = event.finished ? "" : " so far";
        log.info(`Looking through ${directory}: ${count(files, "file")}${soFar}`, {
          ...whose,
          facts: { directory, files, finished: event.finished },
        });
        return;
      }
      case "file-failed":
        // The error at the end lists it again, with what to do.
        log.debug(`${event.path}: ${event.error.message}`, whose);
        return;
      case "warning":
        log.warn(event.message, { ...whose, code: event.code, ...hintOf(event) });
        return;
      case "restarted":
        log.info("Upstream published anew meanwhile: starting again with its new Release", whose);
        return;
      case "unchanged":
        log.info(`No changes since ${time(event.since)}`, {
          ...whose,
          facts: { since: event.since.toISOString() },
        });
        return;
      case "space-planned":
        log.debug(`To write: ${logSize(event.needed.bytes)}`, {
          ...whose,
          facts: { needed: event.needed },
        });
        return;
      case "space-lacking":
        log.info(`${lacking(event.short)} lacking: removing first what may go`, {
          ...whose,
          facts: { lacking: event.short },
        });
        return;
      case "switched":
        log.info(`Published: latest shows ${event.generation}`, {
          ...whose,
          facts: { generation: event.generation },
        });
        return;
      case "snapshot-started":
        log.info(`Creating snapshot: ${event.name}`, whose);
        return;
      case "snapshot-created":
        log.info("Snapshot created successfully", { ...whose, facts: { snapshot: event.name } });
        return;
      case "stage-started":
        log.info("Publishing snapshot to staging", whose);
        return;
      case "staged":
        log.info(`Staging updated: ${event.id} -> ${event.name}`, {
          ...whose,
          named: true,
          facts: { environment: event.environment, to: event.name },
        });
        return;
      case "snapshot-pruned":
        log.info(`Deleted snapshot: ${event.name} (by policy)`, whose);
        return;
    }
  };
}

/** What a new tree does not mend. */
function hintOf({ code }: Extract<SyncEvent, { readonly type: "warning" }>): LogFacts {
  if (code !== "WARN_SYNC_DAMAGED") return {};
  return { hint: "mirrorctl verify --snapshots --repair mends what other trees share" };
}

/** The lines that end the sync of one mirror. */
export function logSyncReport(log: Log, report: SyncReport): void {
  const whose = { mirror: report.id };
  if (report.filters) {
    const { unsatisfiedRelations: _all, unknownPackages: _names, ...facts } = report.filters;
    log.info(`Filters: ${filterSummary(report.filters)}`, { ...whose, facts: { filters: facts } });
  }
  if (report.outcome === "changed") {
    log.info(
      `Total downloaded: ${logSize(report.downloaded.bytes)} ` +
        `(${count(report.downloaded.files, "file")}), ` +
        `reused: ${logSize(report.reused.bytes)} (${count(report.reused.files, "file")})`,
      { ...whose, facts: { downloaded: report.downloaded, reused: report.reused } },
    );
  }
  const ms = report.finished.getTime() - report.started.getTime();
  log.info(`Duration: ${duration(ms)}`, { ...whose, facts: { ms } });
  log.info(`Sync completed successfully for ${report.id}`, {
    ...whose,
    named: true,
    facts: { outcome: report.outcome, generation: report.generation, packages: report.packages },
  });
}

/** The line that ends a run of several mirrors. */
export function logRunSummary(
  log: Log,
  reports: readonly Pick<SyncReport, "outcome" | "downloaded">[],
  mirrors: number,
  started: Date,
  now: Date,
): void {
  const changed = reports.filter((report) => report.outcome === "changed").length;
  const failed = mirrors - reports.length;
  const bytes = reports.reduce((sum, report) => sum + report.downloaded.bytes, 0);
  const ms = now.getTime() - started.getTime();
  log.info(
    `${count(mirrors, "mirror")}: ${changed} changed, ${reports.length - changed} unchanged, ` +
      `${failed} failed; ${logSize(bytes)} downloaded in ${duration(ms)}`,
    { facts: { mirrors, changed, failed, bytes, ms } },
  );
}

function sayProgress(
  log: Log,
  event: Extract<SyncEvent, { readonly type: "progress" | "phase-finished" }>,
): void {
  const { id, phase, done, failed, absent, work } = event;
  // Release files list forms of indices that no server has; a package that is absent is missed.
  const settled = done.files + (phase === "indices" ? absent : 0);
  const percent = work.files === 0 ? 100 : (100 * settled) / work.files;
  log.info(
    `Progress: ${done.files}/${work.files} ${NOUNS[phase]}s (${percent.toFixed(1)}%) - ` +
      `${logSize(done.bytes)} ${DONE[phase]}${absent === 0 ? "" : `, ${absent} absent upstream`}` +
      `${failed === 0 ? "" : `, ${failed} failed`}`,
    { mirror: id, facts: { phase, done, work, failed, absent } },
  );
}

const NOUNS: Readonly<Record<Phase, string>> = {
  indices: "index file",
  packages: "package",
  reuse: "file",
  copy: "file",
  repair: "file",
};

const DONE: Readonly<Record<Phase, string>> = {
  indices: "downloaded",
  packages: "downloaded",
  reuse: "checked",
  copy: "copied",
  repair: "downloaded",
};

function beginning(phase: Phase, files: number): string {
  const what = count(files, NOUNS[phase]);
  if (phase === "reuse") return `Checking and linking ${what} already here`;
  if (phase === "copy") return `Copying ${what} already here`;
  return `Downloading ${what}`;
}

function lacking({ bytes, inodes }: Space): string {
  const parts = [bytes > 0 ? logSize(bytes) : "", inodes > 0 ? count(inodes, "inode") : ""];
  return parts.filter((part) => part !== "").join(" and ");
}
