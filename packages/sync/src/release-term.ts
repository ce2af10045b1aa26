/** When a Release of the mirror's own says that it was made, and until when it is valid. */
export interface ReleaseTerm {
  readonly date: Date;
  readonly validUntil?: Date;
}

/** As much as apt lets a Date lie in the future, in ms. */
const MAX_FUTURE = 10_000;

/** Whether a client can have taken a Release of that time, in ms: none takes one of a time to come. */
export function isCredible(date: number, now: Date): boolean {
  return date <= now.getTime() + MAX_FUTURE;
}

/**
 * The term of a Release that is signed now. Clients never go back to an older Date than they have
 * seen; what a clock signed that was ahead, they have not taken.
 *
 * @param known - ISO 8601: Dates that they may have seen
 * @param validFor - in ms
 */
export function releaseTerm(
  now: Date,
  known: readonly (string | undefined)[],
  validFor: number | undefined,
): ReleaseTerm {
  const seen = known.map((date) => Date.parse(date ?? "") || 0);
  const least = seen.map((date) => (isCredible(date, now) ? date + 1000 : 0));
  const date = new Date(Math.floor(Math.max(now.getTime(), ...least) / 1000) * 1000);
  return {
    date,
    ...(validFor === undefined ? {} : { validUntil: new Date(date.getTime() + validFor) }),
  };
}
