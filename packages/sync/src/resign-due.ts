import type { SuiteFacts } from "./facts.js";

/**
 * Whether the mirror's own Release of a suite must be signed again although it would list the same:
 * the time that it is valid for is not the one wanted, or half of it has passed.
 *
 * @param validFor - in ms; undefined where no Release is to say
 */
export function isResignDue(
  { resigned, validUntil }: SuiteFacts,
  validFor: number | undefined,
  now: Date,
): boolean {
  if (!resigned) return true;
  if (validFor === undefined || validUntil === undefined) return validFor !== validUntil;
  const date = Date.parse(resigned.date);
  const isOther = Math.abs(Date.parse(validUntil) - date - validFor) > 1000;
  return isOther || !(now.getTime() < date + validFor / 2);
}
