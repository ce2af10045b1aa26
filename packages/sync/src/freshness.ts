import type { Release } from "@mirror/deb822";
import { SyncError } from "./error.js";
import type { SuiteSeen } from "./seen.js";
import type { Freshness } from "./spec.js";
import { isFlat } from "./suite-path.js";

/** How long upstream may show only older Releases before that is an error, in ms. */
const OLDER_TOLERATED = 24 * 60 * 60 * 1000;

/** A Release is `older` when a newer one of its suite was accepted before. */
export interface FreshnessVerdict {
  readonly older: boolean;
  /** What changed that apt would only mention. */
  readonly remarks: readonly string[];
}

/**
 * Judges a verified Release by the clock and by the one accepted before, as apt does.
 *
 * @throws SyncError ERR_SYNC_EXPIRED_RELEASE, ERR_SYNC_NOT_YET_VALID, ERR_SYNC_RELEASE_CHANGED
 */
export function judgeFreshness(
  suite: string,
  release: Release,
  seen: SuiteSeen | undefined,
  rules: Freshness,
  now: Date,
): FreshnessVerdict {
  checkDates(suite, release, rules, now);
  // A Release without Date is as old as can be: it could be any that was ever signed.
  const date = release.date?.getTime() ?? 0;
  const older = !rules.allowRollback && seen?.date !== undefined && date < Date.parse(seen.date);
  if (older) return { older, remarks: [] };
  return { older, remarks: compareIdentity(suite, release, seen, rules) };
}

/**
 * Decides what to do about a suite of which upstream shows only an older Release.
 *
 * @throws SyncError ERR_SYNC_ROLLBACK once that has been so for 24 hours
 */
export function tolerateOlder(suite: string, seen: SuiteSeen, now: Date): SuiteSeen {
  const since = seen.olderSince ?? now.toISOString();
  if (now.getTime() - Date.parse(since) >= OLDER_TOLERATED) throw rollback(suite, seen, since);
  return { ...seen, olderSince: since };
}

/** The error for a suite that upstream rolled back. */
export function rollback(suite: string, seen: SuiteSeen, since?: string): SyncError {
  const duration = since === undefined ? "" : ` since ${since}`;
  return new SyncError(
    "ERR_SYNC_ROLLBACK",
    `${suite}: upstream shows only Releases older than the one of ${seen.date} accepted before${duration}`,
    { suite, ...(seen.date === undefined ? {} : { expected: seen.date }) },
  );
}

function checkDates(suite: string, release: Release, rules: Freshness, now: Date): void {
  const { date, validUntil } = release;
  if (date && date.getTime() > now.getTime() + rules.maxFuture) {
    throw new SyncError(
      "ERR_SYNC_NOT_YET_VALID",
      `${suite}: Release is dated ${date.toISOString()}, later than now (${now.toISOString()})`,
      { suite, found: date.toISOString(), expected: now.toISOString() },
    );
  }
  if (rules.checkValidUntil && validUntil && validUntil.getTime() < now.getTime()) {
    throw new SyncError(
      "ERR_SYNC_EXPIRED_RELEASE",
      `${suite}: Release expired, it was valid until ${validUntil.toISOString()}`,
      { suite, found: validUntil.toISOString(), expected: now.toISOString() },
    );
  }
}

function compareIdentity(
  suite: string,
  release: Release,
  seen: SuiteSeen | undefined,
  rules: Freshness,
): string[] {
  const remarks: string[] = [];
  if (seen) {
    for (const field of ["codename", "origin", "label", "suite", "version"] as const) {
      const [before, now] = [seen[field], release[field]];
      if (before === undefined || before === now) continue;
      const change = `${suite}: ${field} changed from ${quote(before)} to ${quote(now)}`;
      const fatal = field !== "suite" && field !== "version" && !rules.allowReleaseInfoChange;
      if (fatal) {
        const found = now ?? "";
        throw new SyncError("ERR_SYNC_RELEASE_CHANGED", change, { suite, expected: before, found });
      }
      remarks.push(change);
    }
  }
  if (!seen && !namesSuite(suite, release)) {
    const names = [release.suite, release.codename].filter((name) => name !== undefined);
    remarks.push(
      `${suite}: the Release calls itself ${names.map(quote).join(" and ") || "nothing"}`,
    );
  }
  return remarks;
}

/**
 * Flat suites are directories. Of another the last segment may be left out, as apt has it:
 * `buster/updates` calls itself `buster`, `bookworm/mongodb-org/7.0` calls itself `bookworm/mongodb-org`.
 */
function namesSuite(suite: string, release: Release): boolean {
  if (isFlat(suite)) return true;
  const names = [suite, suite.replace(/\/[^/]*$/, "")];
  return names.some((name) => name === release.suite || name === release.codename);
}

function quote(value: string | undefined): string {
  return value === undefined ? "none" : JSON.stringify(value);
}
