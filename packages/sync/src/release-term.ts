/** When a Release of the mirror's own says that it was made, and until when it is valid. */
export interface ReleaseTerm {
  readonly date: Date;
  readonly validUntil?: Date;
}

/**
 * The term of a Release that is signed now. Clients never go back to an older Date, whatever this
 * machine's clock says.
 *
 * @param known - ISO 8601: Dates that they may have seen
 * @param validFor - in ms
 */
export function releaseTerm(
  now: Date,
  known: readonly (string | undefined)[],
  validFor: number | undefined,
): ReleaseTerm {
  const least = known.map((date) => Date.parse(date ?? "") + 1000 || 0);
  const date = new Date(Math.floor(Math.max(now.getTime(), ...least) / 1000) * 1000);
  return {
    date,
    ...(validFor === undefined ? {} : { validUntil: new Date(date.getTime() + validFor) }),
  };
}
