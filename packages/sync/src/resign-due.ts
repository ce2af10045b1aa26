import type { SuiteFacts } from "./facts.js";
import { isCredible } from "./release-term.js";

/** What decides whether a Release of the mirror's own still serves. */
export interface ResignCase {
  readonly now: Date;
  /** In ms; undefined where no Release is to say. */
  readonly validFor: number | undefined;
  /** ISO 8601: the newest Date that clients may have seen. */
  readonly issued: string | undefined;
}

/**
 * Whether the mirror's own Release of a suite must be signed again although it would list the same:
 * the time that it is valid for is not the one wanted, or half of it has passed; clients have seen a
 * newer one; or it is of a time to come, and no client takes it yet.
 */
export function isResignDue(
  { resigned, validUntil }: SuiteFacts,
  { now, validFor, issued }: ResignCase,
): boolean {
  if (!resigned) return true;
  const date = Date.parse(resigned.date);
  if (!isCredible(date, now)) return true;
  const newest = Date.parse(issued ?? "");
  if (newest > date && isCredible(newest, now)) return true;
  if (validFor === undefined || validUntil === undefined) return validFor !== validUntil;
  const isOther = Math.abs(Date.parse(validUntil) - date - validFor) > 1000;
  return isOther || !(now.getTime() < date + validFor / 2);
}
