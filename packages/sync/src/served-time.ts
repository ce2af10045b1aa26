/**
 * The time that a server says a document has: nothing where that is none, or lies in the future.
 * Unsigned: whoever answers in upstream's place may send any time.
 *
 * @param lastModified - as it was sent
 */
export function servedTime(lastModified: string | undefined, now: Date): Date | undefined {
  const time = lastModified === undefined ? Number.NaN : Date.parse(lastModified);
  return time > 0 && time <= now.getTime() ? new Date(time) : undefined;
}
